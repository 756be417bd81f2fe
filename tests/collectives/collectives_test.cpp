// Every collective on every backend of the device, all types and reductions, against the pattern that says
// independently what must come out.

#include "collectives/collectives.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/collectives/on_backend.hpp"

namespace lanemark {
namespace {

class Collectives : public OnBackend {
 protected:
  void expect_right(const Collective& collective, Communicator& on, DType dtype, ReduceOp op, std::size_t count,
                    bool in_place) {
    SCOPED_TRACE(fmt::format("{} over {}, {} {}, {} elements, {} ranks{}", collective.name, GetParam(), name(dtype),
                             name(op), count, world.size(), in_place ? ", in place" : ""));
    const std::size_t sent = collective.send_count(count, world.size(), world.rank());
    const std::size_t received = collective.receive_count(count, world.size(), world.rank());
    const Memory send{world.device(), size_of(dtype) * std::max(sent, received)};
    const Memory receive{world.device(), size_of(dtype) * received};
    poison(send);
    poison(receive);
    fill(send.data(), sent, dtype, op);
    const Memory& output = in_place ? send : receive;
    on.run(collective, {.send = send.data(), .receive = output.data(), .count = count, .dtype = dtype, .op = op},
           stream);
    stream.ref().synchronize();
    const Mismatch found = mismatch(collective.expected(count, world.size(), world.rank()), dtype, op, output.data());
    EXPECT_EQ(found.wrong, 0U) << "first at " << found.first;
    if (!in_place) {
      const std::vector<ExpectedRun> own{{.offset = 0, .count = sent, .rank = world.rank(), .source = 0}};
      EXPECT_EQ(mismatch(own, dtype, op, send.data()).wrong, 0U) << "the send buffer was changed";
    }
  }
};

TEST_P(Collectives, areRightForEveryTypeAndReduction) {
  const auto on = connect();
  const auto ranks = static_cast<std::size_t>(world.size());
  for (const Collective* collective : Registry<Collective>::all()) {
    for (const DType dtype : all_dtypes) {
      for (const ReduceOp op : all_reduce_ops) {
        if (!collective->reduces && op != ReduceOp::sum) continue;
        for (const std::size_t count : {std::size_t{0}, std::size_t{1}, ranks - 1, std::size_t{7}, std::size_t{1000}}) {
          expect_right(*collective, *on, dtype, op, count, false);
        }
      }
    }
    expect_right(*collective, *on, DType::float32, ReduceOp::sum, 100003, false);
    expect_right(*collective, *on, DType::int8, ReduceOp::max, 100003, false);
  }
}

TEST_P(Collectives, workInPlaceWhereTheySaySo) {
  const auto on = connect();
  for (const Collective* collective : std::initializer_list<const Collective*>{&all_reduce, &broadcast, &reduce}) {
    for (const ReduceOp op : all_reduce_ops) {
      for (const std::size_t count : {1U, 5U, 1000U}) expect_right(*collective, *on, DType::float32, op, count, true);
    }
  }
}

TEST_P(Collectives, takeAnyRoot) {
  const auto on = connect();
  constexpr std::size_t count = 37;
  const auto ranks = static_cast<std::size_t>(world.size());
  for (int root = 0; root < world.size(); ++root) {
    SCOPED_TRACE(fmt::format("root {} over {}", root, GetParam()));
    const bool is_root = world.rank() == root;
    const DeviceBuffer<float> send{world.device(), count * ranks};
    const DeviceBuffer<float> receive{world.device(), count * ranks};
    const auto run = [&](const Collective& collective) {
      fill(send);
      poison(receive);
      on->run(collective, {.send = send.data(), .receive = receive.data(), .count = count, .root = root}, stream);
      stream.ref().synchronize();
    };
    run(broadcast);
    EXPECT_EQ(wrong({{.offset = 0, .count = count, .rank = root, .source = 0}}, receive), 0U);
    run(reduce);
    if (is_root) {
      EXPECT_EQ(wrong({{.offset = 0, .count = count, .rank = -1, .source = 0}}, receive), 0U);
    }
    run(gather);
    for (int from = 0; is_root && from < world.size(); ++from) {
      const std::size_t offset = count * static_cast<std::size_t>(from);
      EXPECT_EQ(wrong({{.offset = offset, .count = count, .rank = from, .source = 0}}, receive), 0U);
    }
    run(scatter);
    const std::size_t source = count * static_cast<std::size_t>(world.rank());
    EXPECT_EQ(wrong({{.offset = 0, .count = count, .rank = root, .source = source}}, receive), 0U);
  }
}

TEST_P(Collectives, shareOutUnevenly) {
  const auto on = connect();
  std::mt19937_64 random = shared_random();
  for (int root = 0; root < world.size(); ++root) {
    std::vector<std::size_t> counts;
    for (int rank = 0; rank < world.size(); ++rank) counts.push_back(random() % 100);
    counts.at(random() % counts.size()) = 0;
    SCOPED_TRACE(fmt::format("counts {} of root {} over {}", fmt::join(counts, ", "), root, GetParam()));
    const CollectiveCall call{.root = root, .counts = counts};
    const std::size_t total = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
    const std::size_t mine = call.count_of(world.rank());
    const DeviceBuffer<float> whole{world.device(), total};
    const DeviceBuffer<float> part{world.device(), mine};

    fill(whole);
    poison(part);
    on->run(scatter, {.send = whole.data(), .receive = part.data(), .root = root, .counts = counts}, stream);
    stream.ref().synchronize();
    EXPECT_EQ(wrong({{.offset = 0, .count = mine, .rank = root, .source = call.offset_of(world.rank())}}, part), 0U);

    fill(part);
    poison(whole);
    on->run(gather, {.send = part.data(), .receive = whole.data(), .root = root, .counts = counts}, stream);
    stream.ref().synchronize();
    for (int from = 0; world.rank() == root && from < world.size(); ++from) {
      const ExpectedRun run{.offset = call.offset_of(from), .count = call.count_of(from), .rank = from, .source = 0};
      EXPECT_EQ(wrong({run}, whole), 0U) << "from rank " << from;
    }
  }
}

TEST_P(Collectives, oneCorruptElementIsFound) {
  const auto on = connect();
  constexpr std::size_t count = 1000;
  constexpr std::size_t spoilt = 613;
  const DeviceBuffer<float> data{world.device(), count};
  fill(data);
  on->run(all_reduce, {.send = data.data(), .receive = data.data(), .count = count}, stream);
  stream.ref().synchronize();
  std::vector<float> values = download(stream.ref(), data.span());
  values[spoilt] = std::nextafter(values[spoilt], 0.0F);
  upload<float>(stream, values, data);
  const Mismatch found = mismatch(all_reduce.expected(count, world.size(), world.rank()), DType::float32, ReduceOp::sum,
                                  reinterpret_cast<const std::byte*>(data.data()));
  EXPECT_EQ(found.wrong, 1U);
  EXPECT_EQ(found.first, spoilt);
}

TEST_P(Collectives, countWhatABestAlgorithmSends) {
  const auto on = connect();
  const DeviceBuffer<float> data{world.device(), 1200};
  const CollectiveCall call{.send = data.data(), .receive = data.data(), .count = 1200};
  on->run(all_reduce, call, stream);
  const double once = 2.0 * (world.size() - 1) / world.size() * 1200 * sizeof(float);
  EXPECT_DOUBLE_EQ(on->bytes_sent(), once);
  on->run(all_reduce, call, stream);
  EXPECT_DOUBLE_EQ(on->bytes_sent(), 2 * once);
  stream.ref().synchronize();
  on->reset_bytes_sent();
  EXPECT_EQ(on->bytes_sent(), 0);
}

INSTANTIATE_TEST_SUITE_P(Backends, Collectives, every_backend, [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace lanemark
