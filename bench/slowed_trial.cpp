#include "bench/slowed_trial.hpp"

#include <chrono>
#include <utility>

namespace lanemark {
namespace {

using Clock = std::chrono::steady_clock;

/// Does not sleep: waking up takes longer than many an operation.
void wait_until(Clock::time_point end) {
  while (Clock::now() < end) {
  }
}

class SlowedTrial final : public Trial {
 public:
  SlowedTrial(std::unique_ptr<Trial> trial, double share) : share_{share}, trial_{std::move(trial)} {}

  void begin() override { trial_->begin(); }
  StreamRef stream() override { return trial_->stream(); }
  void enqueue() override {
    const StreamRef stream = trial_->stream();
    stream.run([this] { start_ = Clock::now(); });
    trial_->enqueue();
    stream.run([this] {
      const Clock::time_point now = Clock::now();
      wait_until(now + std::chrono::duration_cast<Clock::duration>((now - start_) * share_));
    });
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
  Clock::time_point start_;       ///< of the operation that runs; only the stream's host work touches it
  std::unique_ptr<Trial> trial_;  ///< ends first, and its stream with it
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
