// SPDX-License-Identifier: MIT

// Whether a barrier is one: the check finds those that are none, and passes those that are.

#include <gtest/gtest.h>

#include "bench/suites/exchange.hpp"
#include "collectives/collectives.hpp"
#include "tests/device_under_test.hpp"

namespace lanemark {
namespace {

class BarrierCheck : public ::testing::Test {
 protected:
  /// What all ranks found of a barrier over `on`.
  std::string found(Communicator& on, std::optional<int> fault = {}, Seconds patience = Seconds{0.02}) {
    const auto trial =
        make_barrier_trial({.collective = &barrier, .dtype = DType::float32, .fault = fault}, on, world, patience);
    trial->begin();
    trial->reset();
    trial->enqueue();
    trial->stream().synchronize();
    const Verdict verdict = trial->verify();
    const bool wrong = verdict.kind == Verdict::Kind::wrong;
    EXPECT_EQ(verdict.kind == Verdict::Kind::correct, !wrong);
    return world.first_problem(wrong ? std::optional{verdict.detail} : std::nullopt).value_or("");
  }

  std::vector<std::string> backends() { return backends_under_test(world.device()); }
  std::unique_ptr<Communicator> connect(const std::string& name) {
    return resolve_backend(name, world).connect(world, {});
  }

  World world{MPI_COMM_WORLD, device_under_test()};
};

/// A sign that is never missed, as it is waited for that long.
constexpr Seconds ages{60};

TEST_F(BarrierCheck, passesWhatWaitsForEveryone) {
  for (const std::string& name : backends()) {
    const auto on = connect(name);
    EXPECT_EQ(found(*on), "") << name;
  }
}

TEST_F(BarrierCheck, findsOneThatWaitsForNobody) {
  if (world.size() == 1) GTEST_SKIP() << "one rank alone waits for nobody: skipped";
  const auto on = connect_silent(world);
  EXPECT_NE(found(*on, {}, ages).find("before rank 0 had entered"), std::string::npos);
}

/// Every rank waits for its left-hand neighbour alone.
class Neighbours final : public Communicator {
 public:
  Neighbours(const World& world, Communicator& messages) : Communicator{world}, messages_{messages} {}
  void send(const void* data, std::size_t count, DType dtype, int to, StreamRef on) override {
    messages_.send(data, count, dtype, to, on);
  }
  void receive(void* data, std::size_t count, DType dtype, int from, StreamRef on) override {
    messages_.receive(data, count, dtype, from, on);
  }
  void begin_group(StreamRef on) override { messages_.begin_group(on); }
  void end_group(StreamRef on) override { messages_.end_group(on); }

 protected:
  bool run_native(const Collective& /*collective*/, const CollectiveCall& /*call*/, StreamRef on) override {
    std::byte* const byte = scratch(Bytes{2});
    begin_group(on);
    send(byte, 1, DType::uint8, (rank() + 1) % size(), on);
    receive(byte + 1, 1, DType::uint8, (rank() + size() - 1) % size(), on);
    end_group(on);
    return true;
  }

 private:
  Communicator& messages_;
};

TEST_F(BarrierCheck, findsOneThatDoesNotWaitForAll) {
  if (world.size() < 3) GTEST_SKIP() << "of two ranks a neighbour is everyone: skipped";
  const auto messages = connect(backends().front());
  Neighbours on{world, *messages};
  EXPECT_NE(found(on, {}, ages).find("left before rank"), std::string::npos);
}

TEST_F(BarrierCheck, findsARankThatIsToldNotToWait) {
  if (world.size() == 1) GTEST_SKIP() << "one rank alone waits for nobody: skipped";
  for (const std::string& name : backends()) {
    const auto on = connect(name);
    for (int rank = 0; rank < world.size(); ++rank) {
      EXPECT_EQ(found(*on, rank).find("rank " + std::to_string(rank) + " left before rank"), 0U) << name;
    }
  }
}

}  // namespace
}  // namespace lanemark
