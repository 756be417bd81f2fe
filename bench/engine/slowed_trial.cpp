// SPDX-License-Identifier: MIT

#include "bench/engine/slowed_trial.hpp"

#include <cstdint>
#include <utility>

#include "kernels/core/buffer.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

class SlowedTrial final : public Trial {
 public:
  SlowedTrial(std::unique_ptr<Trial> trial, double share)
      : share_{share}, start_{trial->stream().device(), 1}, trial_{std::move(trial)} {}

  void begin() override { trial_->begin(); }
  StreamRef stream() override { return trial_->stream(); }
  void enqueue() override {
    read_clock(trial_->stream(), {start_.data()});
    trial_->enqueue();
    wait_share(trial_->stream(), {start_.data(), share_});
  }
  void reset() override { trial_->reset(); }
  [[nodiscard]] std::uint64_t operations_per_refill() const override { return trial_->operations_per_refill(); }
  void refill() override { trial_->refill(); }
  Verdict verify() override { return trial_->verify(); }
  void describe(Measurement& measurement, const Stopwatch& stopwatch) override {
    trial_->describe(measurement, stopwatch);
  }

 private:
  double share_;
  DeviceBuffer<std::uint64_t> start_;  ///< of the operation that runs
  std::unique_ptr<Trial> trial_;       ///< ends first, and its stream with it
};

}  // namespace

std::unique_ptr<Trial> make_slowed_trial(std::unique_ptr<Trial> trial, double share) {
  return std::make_unique<SlowedTrial>(std::move(trial), share);
}

PlannedCase slowed(PlannedCase planned, double share) {
  if (!planned.prepare) return planned;
  planned.prepare = [prepare = std::move(planned.prepare), share](const World& participants) {
    return make_slowed_trial(prepare(participants), share);
  };
  return planned;
}

}  // namespace lanemark
