// Every collective on every backend of the device, all types and reductions, against the pattern that says
// independently what must come out.

#include "collectives/collectives.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>

#include "collectives/core/communicator.hpp"
#include "kernels/operations.hpp"
#include "tests/device_under_test.hpp"

namespace lanemark {
namespace {

constexpr std::uint64_t seed = 77;

class Collectives : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const std::vector<std::string> here = backends_under_test(world.device());
    if (std::ranges::find(here, GetParam()) == here.end()) {
      GTEST_SKIP() << (world.device().kind == DeviceKind::host ? "no GPU for each rank: skipped"
                                                               : "host only: skipped");
    }
  }

  /// Checks the runs on this rank's output.
  Mismatch mismatch(const std::vector<ExpectedRun>& runs, DType dtype, ReduceOp op, const std::byte* output) {
    const DeviceBuffer<Mismatch> result{world.device(), 1};
    const Mismatch clean{.wrong = 0, .first = std::numeric_limits<unsigned long long>::max()};
    upload<Mismatch>(stream, {&clean, 1}, result);
    for (const ExpectedRun& run : runs) {
      check_pattern(stream.ref(), {.dtype = dtype,
                                   .op = op,
                                   .ranks = world.size(),
                                   .rank = run.rank,
                                   .seed = seed,
                                   .first = run.source,
                                   .count = run.count,
                                   .offset = run.offset,
                                   .values = output + run.offset * size_of(dtype).value,
                                   .result = result.data()});
    }
    return download(stream.ref(), result.span()).front();
  }

  void fill(void* values, std::size_t count, DType dtype, ReduceOp op) {
    fill_pattern(stream.ref(), {.dtype = dtype,
                                .op = op,
                                .ranks = world.size(),
                                .rank = world.rank(),
                                .seed = seed,
                                .first = 0,
                                .count = count,
                                .values = values});
  }

  void poison(const Memory& memory) { stream.ref().fill(memory.data(), std::byte{0xff}, memory.size()); }

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

  std::unique_ptr<Communicator> connect() const { return resolve_backend(GetParam(), world).connect(world); }

  World world{MPI_COMM_WORLD, device_under_test()};
  Stream stream{world.device()};
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
  for (const Collective* collective :
       {static_cast<const Collective*>(&all_reduce), static_cast<const Collective*>(&reduce)}) {
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
      fill(send.data(), send.size(), DType::float32, ReduceOp::sum);
      on->run(collective, {.send = send.data(), .receive = receive.data(), .count = count, .root = root}, stream);
      stream.ref().synchronize();
    };
    const auto wrong = [&](const std::vector<ExpectedRun>& runs) {
      return mismatch(runs, DType::float32, ReduceOp::sum, reinterpret_cast<const std::byte*>(receive.data())).wrong;
    };
    run(broadcast);
    EXPECT_EQ(wrong({{.offset = 0, .count = count, .rank = root, .source = 0}}), 0U);
    run(reduce);
    if (is_root) {
      EXPECT_EQ(wrong({{.offset = 0, .count = count, .rank = -1, .source = 0}}), 0U);
    }
    run(gather);
    for (int from = 0; is_root && from < world.size(); ++from) {
      EXPECT_EQ(wrong({{.offset = count * static_cast<std::size_t>(from), .count = count, .rank = from, .source = 0}}),
                0U);
    }
    run(scatter);
    EXPECT_EQ(
        wrong({{.offset = 0, .count = count, .rank = root, .source = count * static_cast<std::size_t>(world.rank())}}),
        0U);
  }
}

TEST_P(Collectives, shareOutUnevenly) {
  const auto on = connect();
  std::vector<std::size_t> counts;
  for (int rank = 0; rank < world.size(); ++rank) counts.push_back(static_cast<std::size_t>((rank * 5 + 3) % 7 * 11));
  counts.back() = 0;
  const std::size_t total = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
  const std::size_t mine = counts[static_cast<std::size_t>(world.rank())];
  const DeviceBuffer<float> whole{world.device(), total};
  const DeviceBuffer<float> part{world.device(), mine};
  const DeviceBuffer<float> back{world.device(), total};
  fill(whole.data(), total, DType::float32, ReduceOp::sum);
  on->run(scatter, {.send = whole.data(), .receive = part.data(), .count = mine, .counts = counts}, stream);
  on->run(gather, {.send = part.data(), .receive = back.data(), .count = mine, .counts = counts}, stream);
  stream.ref().synchronize();
  if (world.is_root()) {
    EXPECT_EQ(download(stream.ref(), back.span()), download(stream.ref(), whole.span()));
  }
}

TEST_P(Collectives, oneCorruptElementIsFound) {
  const auto on = connect();
  constexpr std::size_t count = 1000;
  constexpr std::size_t spoilt = 613;
  const DeviceBuffer<float> data{world.device(), count};
  fill(data.data(), count, DType::float32, ReduceOp::sum);
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

TEST_P(Collectives, messagesOfAGroupProgressTogether) {
  const auto on = connect();
  constexpr std::size_t count = 1U << 20U;  // past every eager limit: one after the other would never end
  const DeviceBuffer<float> out{world.device(), count};
  const DeviceBuffer<float> in{world.device(), count};
  fill(out.data(), count, DType::float32, ReduceOp::sum);
  const int right = (world.rank() + 1) % world.size();
  const int left = (world.rank() + world.size() - 1) % world.size();
  on->begin_group(stream);
  on->send(out.data(), count, DType::float32, right, stream);
  on->receive(in.data(), count, DType::float32, left, stream);
  on->end_group(stream);
  stream.ref().synchronize();
  EXPECT_EQ(mismatch({{.offset = 0, .count = count, .rank = left, .source = 0}}, DType::float32, ReduceOp::sum,
                     reinterpret_cast<const std::byte*>(in.data()))
                .wrong,
            0U);
}

TEST_P(Collectives, countWhatABestAlgorithmSends) {
  const auto on = connect();
  const DeviceBuffer<float> data{world.device(), 1200};
  on->run(all_reduce, {.send = data.data(), .receive = data.data(), .count = 1200}, stream);
  stream.ref().synchronize();
  EXPECT_DOUBLE_EQ(on->bytes_sent(), 2.0 * (world.size() - 1) / world.size() * 1200 * sizeof(float));
  on->reset_bytes_sent();
  EXPECT_EQ(on->bytes_sent(), 0);
}

INSTANTIATE_TEST_SUITE_P(Backends, Collectives, ::testing::Values("mpi", "nccl", "mpi_staged", "composed"),
                         [](const auto& tested) { return tested.param; });

TEST(CollectiveRecords, describeEveryOutputElementOnce) {
  std::mt19937 random{std::random_device{}()};
  for (int round = 0; round < 200; ++round) {
    const int ranks = std::uniform_int_distribution{1, 9}(random);
    const std::size_t count = std::uniform_int_distribution<std::size_t>{0, 50}(random);
    for (const Collective* collective : Registry<Collective>::all()) {
      for (int rank = 0; rank < ranks; ++rank) {
        std::vector<int> covered(collective->receive_count(count, ranks, rank));
        for (const ExpectedRun& run : collective->expected(count, ranks, rank)) {
          for (std::size_t i = 0; i < run.count; ++i) ++covered.at(run.offset + i);
          if (run.rank >= 0) {
            EXPECT_LE(run.source + run.count, collective->send_count(count, ranks, run.rank)) << collective->name;
          }
        }
        EXPECT_TRUE(std::ranges::all_of(covered, [](int times) { return times == 1; })) << collective->name;
      }
    }
  }
}

}  // namespace
}  // namespace lanemark
