// SPDX-License-Identifier: MIT

// What every training case checks before its time is reported: right strategies pass on random data, broken ones
// are caught.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <random>
#include <thread>

#include "bench/training/trial.hpp"
#include "collectives/collectives.hpp"
#include "kernels/operations.hpp"
#include "tests/bench/training/network_under_test.hpp"

namespace lanemark {
namespace {

Verdict verdict_of(const Network& network, const SyncStrategy& strategy, Communicator& communicator, const World& world,
                   std::size_t batch, Precision precision = Precision::fp32) {
  const TrainingCase training{.network = &network,
                              .strategy = &strategy,
                              .backend = nullptr,
                              .samples_of_rank = share_samples(batch, world.size()),
                              .compute = Compute::hand,
                              .precision = precision,
                              .bucket_caps = {Bytes{512}},
                              .seed = std::stoull(world.broadcast(std::to_string(std::random_device{}()))),
                              .replayed = false};
  const auto trial = make_training_trial(training, communicator, world);
  SCOPED_TRACE(fmt::format("seed {}", training.seed));
  trial->begin();
  for (std::uint64_t i = 0; i < 3; ++i) trial->enqueue();
  return trial->verify();
}

class Verification : public ::testing::Test {
 protected:
  void SetUp() override {
    if (world.size() < 2) GTEST_SKIP() << "one rank has nothing to synchronise: skipped";
  }
  bool caught(const SyncStrategy& broken) {
    const Verdict mine = verdict_of(network, broken, *communicator, world, 9);
    return !world.all(mine.kind == Verdict::Kind::correct);
  }

  World world{MPI_COMM_WORLD, device_under_test()};
  Network network = build("mlp", "9-17-33-5");
  std::unique_ptr<Communicator> communicator =
      resolve_backend(backends_under_test(world.device()).front(), world).connect(world, {});
};

TEST_F(Verification, acceptsEveryStrategyOnEveryBackend) {
  const Network conv = build("conv", "8-3-4-6-10-5");
  for (const std::string& backend : backends_under_test(world.device())) {
    const auto connection = resolve_backend(backend, world).connect(world, {});
    for (const SyncStrategy* one : Registry<SyncStrategy>::all()) {
      for (const Network* each : std::initializer_list<const Network*>{&network, &conv}) {
        for (const Precision precision : all_precisions) {
          SCOPED_TRACE(fmt::format("{} over {} in {}", one->name, backend, name(precision)));
          const Verdict verdict = verdict_of(*each, *one, *connection, world, 10, precision);
          EXPECT_EQ(verdict.kind, Verdict::Kind::correct) << verdict.detail;
        }
      }
    }
  }
}

// Gradients of 0, of one sample, of one unit: right steps of which a relative error says nothing, or 0/0.
TEST_F(Verification, acceptsStepsThatChangeLittleOrNothing) {
  for (const std::string_view shape : {"16-8-1", "16-1", "1-1", "1-1-1", "3-1-4", "7-5", "5-3-1-2", "2-64-64-2"}) {
    const Network small = build("mlp", shape);
    for (const SyncStrategy* one : Registry<SyncStrategy>::all()) {
      for (const Precision precision : all_precisions) {
        for (const int batch : {world.size(), world.size() + 1, 5 * world.size()}) {
          SCOPED_TRACE(fmt::format("{} of {} in {}, {} samples", one->name, shape, name(precision), batch));
          const Verdict verdict =
              verdict_of(small, *one, *communicator, world, static_cast<std::size_t>(batch), precision);
          EXPECT_EQ(verdict.kind, Verdict::Kind::correct) << verdict.detail;
        }
      }
    }
  }
}

/// The bucketed strategy with one hook spoilt.
class Spoilt : public GradientSync {
 public:
  Spoilt(Communicator& communicator, const Replica& replica, const SyncOptions& options)
      : GradientSync{communicator, replica}, right_{strategy("bucketed").make(communicator, replica, options)} {}
  void start() override { right_->start(); }
  void before_forward(const PhaseMark& mark) override { right_->before_forward(mark); }
  void loss(const std::function<void(const Batch&)>& compute, const PhaseMark& mark) override {
    right_->loss(compute, mark);
  }
  void gradient_ready(std::size_t index) override { right_->gradient_ready(index); }
  void before_update(const PhaseMark& mark) override { right_->before_update(mark); }
  [[nodiscard]] bool updates() const override { return true; }
  void finish() override { right_->finish(); }

 protected:
  GradientSync& right() { return *right_; }

 private:
  std::unique_ptr<GradientSync> right_;
};

template <class T>
SyncStrategy spoilt(std::string_view name) {
  return {.name = name,
          .gathers_at_root = false,
          .buckets = true,
          .make = [](Communicator& communicator, const Replica& replica, const SyncOptions& options)
              -> std::unique_ptr<GradientSync> { return std::make_unique<T>(communicator, replica, options); }};
}

class LastBucketDropped final : public Spoilt {
 public:
  using Spoilt::Spoilt;
  void gradient_ready(std::size_t index) override {
    if (index + 1 < replica().tensors.size()) right().gradient_ready(index);
  }
};

/// What forgetting the division by the number of ranks leaves: an update that many times too large.
class DivisionForgotten final : public Spoilt {
 public:
  using Spoilt::Spoilt;
  void before_update(const PhaseMark& mark) override {
    right().before_update(mark);
    const DeviceSpan<float> gradients = replica().gradients;
    const std::vector<float> once = download(replica().compute, gradients);
    std::vector<float> more(once);
    for (float& value : more) value *= static_cast<float>(communicator().size());
    upload<float>(replica().compute, more, gradients);
  }
};

/// The update runs while the all-reduces, made slow here, are still under way.
class WaitForgotten final : public Spoilt {
 public:
  using Spoilt::Spoilt;
  void gradient_ready(std::size_t index) override {
    replica().communication.run([] { std::this_thread::sleep_for(std::chrono::milliseconds{30}); });
    right().gradient_ready(index);
  }
  void before_update(const PhaseMark& /*mark*/) override {}
};

class FirstBroadcastForgotten final : public Spoilt {
 public:
  using Spoilt::Spoilt;
  void start() override {
    if (communicator().rank() != 1) return;
    std::vector<float> other(replica().parameters.size(), 0.125F);
    upload<float>(replica().compute, other, replica().parameters);
  }
};

/// One gradient of all is a little off, on every rank alike.
class OneGradientOff final : public Spoilt {
 public:
  using Spoilt::Spoilt;
  void before_update(const PhaseMark& mark) override {
    right().before_update(mark);
    const DeviceSpan<float> gradients = replica().gradients;
    std::vector<float> values = download(replica().compute, gradients);
    // Of middling size: the smallest may be what large terms left of each other, and that little is rounding.
    std::vector<float*> by_size;
    for (float& value : values) {
      if (value != 0) by_size.push_back(&value);
    }
    std::ranges::sort(by_size, {}, [](const float* value) { return std::abs(*value); });
    *by_size[by_size.size() / 2] *= 1.001F;
    upload<float>(replica().compute, values, gradients);
  }
};

/// Once in the timed steps, and never again: a race.
class NotANumberOnce final : public Spoilt {
 public:
  using Spoilt::Spoilt;
  void before_update(const PhaseMark& mark) override {
    right().before_update(mark);
    if (++steps_ != 2) return;
    const std::vector<float> nothing(replica().gradients.size(), std::numeric_limits<float>::quiet_NaN());
    upload<float>(replica().compute, nothing, replica().gradients);
  }

 private:
  int steps_ = 0;
};

/// Stands for a network that overflows by itself: from the third step after a start on.
class Overflowing final : public Spoilt {
 public:
  using Spoilt::Spoilt;
  void start() override {
    right().start();
    steps_ = 0;
  }
  void before_update(const PhaseMark& mark) override {
    right().before_update(mark);
    if (++steps_ < 3) return;
    // Not what lies between tensors, which no step writes.
    for (const TensorRange& tensor : replica().tensors) {
      const std::vector<float> infinite(tensor.count, std::numeric_limits<float>::infinity());
      upload<float>(replica().compute, infinite, replica().gradients.subspan(tensor.offset, tensor.count));
    }
  }

 private:
  int steps_ = 0;
};

TEST_F(Verification, catchesOneGradientThatIsALittleOff) { EXPECT_TRUE(caught(spoilt<OneGradientOff>("off"))); }
TEST_F(Verification, catchesWhatIsNoNumberOnce) { EXPECT_TRUE(caught(spoilt<NotANumberOnce>("once"))); }

// A network that overflows is not wrong, and not right either.
TEST_F(Verification, saysWhatCannotBeVerified) {
  const SyncStrategy overflowing = spoilt<Overflowing>("overflowing");
  const Verdict verdict = verdict_of(network, overflowing, *communicator, world, 9);
  EXPECT_EQ(verdict.kind, Verdict::Kind::unverified) << verdict.detail;
  EXPECT_NE(verdict.detail.find("overflow"), std::string::npos) << verdict.detail;
}

TEST_F(Verification, catchesADroppedLastBucket) { EXPECT_TRUE(caught(spoilt<LastBucketDropped>("dropped"))); }
TEST_F(Verification, catchesAMissingDivision) { EXPECT_TRUE(caught(spoilt<DivisionForgotten>("undivided"))); }
TEST_F(Verification, catchesAMissingWait) { EXPECT_TRUE(caught(spoilt<WaitForgotten>("unwaited"))); }
TEST_F(Verification, catchesAMissingBroadcast) { EXPECT_TRUE(caught(spoilt<FirstBroadcastForgotten>("unbroadcast"))); }
TEST_F(Verification, acceptsTheSameStrategyUnspoilt) { EXPECT_FALSE(caught(spoilt<Spoilt>("right"))); }

}  // namespace
}  // namespace lanemark
