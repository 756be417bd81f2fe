// SPDX-License-Identifier: MIT

// Every collective on every backend of the device, all types and reductions, against the pattern that says
// independently what must come out.

#include "collectives/collectives.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/corrupt.hpp"
#include "tests/collectives/on_backend.hpp"

namespace lanemark {
namespace {

class Collectives : public OnBackend {
 protected:
  void expect_right(const Collective& collective, Communicator& on, DType dtype, ReduceOp op, std::size_t count,
                    bool in_place) {
    SCOPED_TRACE(fmt::format("{} over {}, {} {}, {} elements, {} ranks{}", collective.name, GetParam(), name(dtype),
                             name(op), count, world.size(), in_place ? ", in place" : ""));
    const std::vector<std::size_t> counts = collective.uneven_counts == nullptr
                                                ? std::vector<std::size_t>{}
                                                : collective.uneven_counts(count, world.size());
    expect_right(collective, on, {.count = count, .dtype = dtype, .op = op, .counts = counts}, in_place);
  }

  void expect_right(const Collective& collective, Communicator& on, CollectiveCall call, bool in_place) {
    const std::size_t sent = collective.send_count(call, world.size(), world.rank());
    const std::size_t received = collective.receive_count(call, world.size(), world.rank());
    const Bytes element = size_of(call.dtype);
    const auto at = [&](const Memory& memory, std::size_t offset) { return memory.data() + offset * element.value; };
    const InPlace places =
        in_place ? collective.in_place(call, world.size(), world.rank()) : InPlace{.send = 0, .receive = 0};
    const Memory send{world.device(), element * std::max(places.send + sent, places.receive + received)};
    const Memory receive{world.device(), element * received};
    poison(send);
    poison(receive);
    fill(at(send, places.send), sent, call.dtype, call.op);
    call.send = at(send, places.send);
    call.receive = in_place ? at(send, places.receive) : receive.data();
    on.run(collective, call, stream);
    stream.ref().synchronize();
    const std::vector<ExpectedRun> expected = collective.expected(call, world.size(), world.rank());
    const auto* const output = static_cast<const std::byte*>(call.receive);
    const Mismatch found = mismatch(expected, call.dtype, call.op, output);
    EXPECT_EQ(found.wrong, 0U) << "first at " << found.first;
    if (!in_place) {
      const std::vector<ExpectedRun> own{{.offset = 0, .count = sent, .rank = world.rank(), .source = 0}};
      EXPECT_EQ(mismatch(own, call.dtype, call.op, send.data()).wrong, 0U) << "the send buffer was changed";
    }
    expect_corruption_found(expected, call);
  }

  /// One byte of one output element changed must be found, whatever the type.
  void expect_corruption_found(const std::vector<ExpectedRun>& expected, const CollectiveCall& call) {
    if (expected.empty() || expected.back().count == 0) return;
    const std::size_t spoilt = expected.back().offset + expected.back().count - 1;
    auto* const output = static_cast<std::byte*>(call.receive);
    corrupt(stream.ref(), output + spoilt * size_of(call.dtype).value, size_of(call.dtype));
    const Mismatch found = mismatch(expected, call.dtype, call.op, output);
    EXPECT_EQ(found.wrong, 1U) << "a corrupt element was not found";
    EXPECT_EQ(found.first, spoilt);
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
  for (const Collective* collective : Registry<Collective>::all()) {
    if (collective->in_place == nullptr) continue;
    for (const ReduceOp op : all_reduce_ops) {
      if (!collective->reduces && op != ReduceOp::sum) continue;
      for (const std::size_t count : {1U, 5U, 1000U}) expect_right(*collective, *on, DType::float32, op, count, true);
    }
  }
}

TEST_P(Collectives, takeAnyRoot) {
  const auto on = connect();
  for (const Collective* collective : Registry<Collective>::all()) {
    if (!collective->rooted) continue;
    for (int root = 0; root < world.size(); ++root) {
      SCOPED_TRACE(fmt::format("{}, root {} over {}", collective->name, root, GetParam()));
      expect_right(*collective, *on, {.count = 37, .root = root}, false);
      expect_right(*collective, *on, {.count = 37, .root = root}, true);
    }
  }
}

TEST_P(Collectives, oneMessageBetweenAnyTwo) {
  const auto on = connect();
  for (int from = 0; from < world.size(); ++from) {
    for (int to = 0; to < world.size(); ++to) {
      if (from == to) continue;
      SCOPED_TRACE(fmt::format("{} to {} over {}", from, to, GetParam()));
      expect_right(send_recv, *on, {.count = 100, .root = from, .peer = to}, false);
    }
  }
}

/// Shapes at random, zero and one among them.
TEST_P(Collectives, areRightForRandomShapes) {
  const auto on = connect();
  std::mt19937_64 random = shared_random();
  const auto some = [&](std::size_t most) { return random() % 4 == 0 ? random() % 2 : random() % most; };
  for (const Collective* collective : Registry<Collective>::all()) {
    for (int round = 0; round < 12; ++round) {
      const DType dtype = all_dtypes.at(random() % all_dtypes.size());
      CollectiveCall call{.count = some(3000), .dtype = dtype};
      call.root = static_cast<int>(random() % static_cast<std::uint64_t>(world.size()));
      if (collective->reduces) call.op = all_reduce_ops.at(random() % all_reduce_ops.size());
      std::vector<std::size_t> counts;
      const auto ranks = static_cast<std::size_t>(world.size());
      const bool by_rank = collective == &gather || collective == &scatter;
      const std::size_t parts = collective->uneven_counts != nullptr ? ranks * ranks : by_rank ? ranks : 0;
      for (std::size_t part = 0; part < parts; ++part) counts.push_back(some(500));
      call.counts = counts;
      SCOPED_TRACE(fmt::format("{} over {}, {} {}, {} elements, root {}, counts {}", collective->name, GetParam(),
                               name(dtype), name(call.op), call.count, call.root, fmt::join(counts, ", ")));
      expect_right(*collective, *on, call, false);
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
  const Mismatch found = mismatch(all_reduce.expected({.count = count}, world.size(), world.rank()), DType::float32,
                                  ReduceOp::sum, reinterpret_cast<const std::byte*>(data.data()));
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
