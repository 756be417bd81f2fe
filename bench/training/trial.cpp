#include "bench/training/trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "bench/stopwatch.hpp"

namespace lanemark {
namespace {

/// Gradients of steps that add the ranks' shares in different orders agree to this, by norm; whatever the precision,
/// since shares of one size go through the same arithmetic wherever they are worked on.
constexpr double gradient_tolerance = 1e-5;
/// Large enough for the update to stand out of the parameters' own rounding.
constexpr float checked_learning_rate = 1;
constexpr float timed_learning_rate = 1e-3F;

std::size_t total_samples(const TrainingCase& training) {
  return std::accumulate(training.samples_of_rank.begin(), training.samples_of_rank.end(), std::size_t{0});
}

std::uint64_t hash(std::span<const float> values) {
  std::uint64_t state = 0xcbf29ce484222325U;  // FNV-1a over 32-bit words
  for (const float value : values) state = (state ^ std::bit_cast<std::uint32_t>(value)) * 0x100000001b3U;
  return state;
}

bool all_finite(std::span<const float> values) {
  return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

double norm(const auto& values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares);
}

/// ‖a − b‖ / ‖b‖
double relative_error(std::span<const float> a, std::span<const double> b) {
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - b[i];
    squares += difference * difference;
  }
  return std::sqrt(squares) / norm(b);
}

class TrainingTrial final : public Trial {
 public:
  TrainingTrial(TrainingCase training, Communicator& communicator, const World& participants)
      : training_{std::move(training)}, communicator_{communicator}, participants_{participants} {
    reset_peak_memory(communicator.device());
    step_ = make_step(communicator);
  }

  void begin() override { step_->reset(); }
  void reset() override { step_->reset(); }
  StreamRef stream() override { return step_->stream(); }
  void enqueue() override { step_->run(); }

  /// The timed steps must have left all ranks with the same finite parameters; then one step from the start must
  /// give the gradients and the update that the ranks' shards give one after the other on one rank.
  Verdict verify() override {
    step_->finish();
    peak_ = peak_memory(communicator_.device());
    const std::string after_timing = check_agreement();
    step_->reset();
    const std::vector<float> start = parameters(*step_);
    step_->set_learning_rate(checked_learning_rate);
    communicator_.reset_bytes_sent();
    step_->run();
    bytes_sent_ = communicator_.bytes_sent();
    step_->finish();
    step_->set_learning_rate(timed_learning_rate);
    if (!after_timing.empty()) return wrong(after_timing);
    if (const std::string problem = check_agreement(); !problem.empty()) return wrong(problem);
    if (participants_.is_root()) {
      if (const std::string problem = check_against_one_rank(start); !problem.empty()) return wrong(problem);
    }
    return {.kind = Verdict::Kind::correct};
  }

  void describe(Measurement& measurement, const Stopwatch& stopwatch) override {
    constexpr std::uint64_t most_phase_samples = 20;
    const std::uint64_t samples = std::min<std::uint64_t>(most_phase_samples, measurement.samples.size());
    step_->reset();
    TrainingFigures figures{
        .phases = stopwatch.time_phases(stream(), samples, [this](const auto& mark) { step_->run(mark); }),
        .bytes_sent = participants_.gather_all(static_cast<std::uint64_t>(bytes_sent_)),
        .peak_memory = participants_.gather_all(peak_.value),
        .parameters = training_.network->parameter_count(),
        .batch = total_samples(training_)};
    step_->finish();
    if (training_.strategy->buckets) {
      for (const Bucket& bucket :
           assign_buckets(training_.network->tensors(), training_.bucket_caps, Bytes{sizeof(float)})) {
        figures.buckets.push_back(bucket.count * sizeof(float));
      }
    }
    if (participants_.size() > 1) figures.without_communication = time_silent(stopwatch, measurement.samples.size());
    measurement.training = std::move(figures);
  }

 private:
  [[nodiscard]] StepOptions step_options() const {
    return {.compute = training_.compute,
            .precision = training_.precision,
            .learning_rate = timed_learning_rate,
            .seed = training_.seed,
            .sync = {.bucket_caps = training_.bucket_caps}};
  }

  [[nodiscard]] std::unique_ptr<TrainingStep> make_step(Communicator& communicator) const {
    return std::make_unique<TrainingStep>(*training_.network, *training_.strategy, communicator,
                                          training_.samples_of_rank, step_options());
  }

  /// The same step, kernels and events, with every call to the network left out.
  Seconds time_silent(const Stopwatch& stopwatch, std::uint64_t samples) {
    step_.reset();
    const std::unique_ptr<Communicator> silent = connect_silent(participants_);
    step_ = make_step(*silent);
    step_->reset();
    constexpr std::uint64_t warm_up_samples = 3;
    const Schedule schedule{.pace = Pace::continuous, .replayed = training_.replayed};
    stopwatch.time(*this, schedule, {.samples = warm_up_samples});
    const Samples quiet = stopwatch.time(*this, schedule, {.samples = samples});
    step_ = make_step(communicator_);
    step_->reset();
    return quantile(quiet.times, 0.5);
  }

  static Verdict wrong(const std::string& detail) { return {.kind = Verdict::Kind::wrong, .detail = detail}; }

  std::vector<float> parameters(TrainingStep& step) const { return download(step.stream(), step.parameters()); }

  [[nodiscard]] std::string check_agreement() {
    const std::vector<float> mine = parameters(*step_);
    const std::vector<std::uint64_t> hashes = participants_.gather_all(hash(mine));
    const auto other = std::ranges::find_if(hashes, [&](std::uint64_t one) { return one != hashes.front(); });
    if (other != hashes.end()) {
      return fmt::format("parameters of rank {} differ from rank 0's after the same steps", other - hashes.begin());
    }
    return all_finite(mine) ? "" : "parameters are not finite";
  }

  /// The whole batch on this rank alone, shard by shard: with shards as large as the ranks' own every sample goes
  /// through the same arithmetic, so that no ReLU or pooling window close to a tie decides otherwise, and what differs
  /// is what the synchronisation did.
  [[nodiscard]] std::vector<double> gradients_of_one_rank() const {
    const World alone{MPI_COMM_SELF, participants_.device()};
    const std::unique_ptr<Communicator> silent = connect_silent(alone);
    std::vector<double> total(training_.network->arena_size());
    std::size_t first_sample = 0;
    for (const std::size_t samples : training_.samples_of_rank) {
      StepOptions options = step_options();
      options.first_sample = first_sample;
      TrainingStep shard{*training_.network, no_sync(), *silent, {samples}, options};
      shard.reset();
      shard.run();
      shard.finish();
      const std::vector<float> gradients = download(shard.stream(), shard.gradients());
      for (std::size_t i = 0; i < total.size(); ++i) total[i] += static_cast<double>(gradients[i]);
      first_sample += samples;
    }
    return total;
  }

  [[nodiscard]] std::string check_against_one_rank(std::span<const float> start) const {
    const std::vector<double> gradients = gradients_of_one_rank();
    std::vector<double> updated(gradients.size());
    std::vector<float> change = parameters(*step_);
    const auto batch = static_cast<double>(total_samples(training_));
    for (std::size_t i = 0; i < updated.size(); ++i) {
      updated[i] = -checked_learning_rate * gradients[i] / batch;
      change[i] -= start[i];
    }
    const double gradient_error = relative_error(download(step_->stream(), step_->gradients()), gradients);
    const double update_error = relative_error(change, updated);
    // Parameters before and after are each rounded to their own size, which counts in units of the smaller update.
    const double rounding = std::numeric_limits<float>::epsilon() * norm(start) / norm(updated);
    if (gradient_error <= gradient_tolerance && update_error <= gradient_tolerance + rounding) return "";
    return fmt::format(
        "a step differs from a single rank's over the whole batch: gradients by {:.1e}, update by {:.1e}",
        gradient_error, update_error);
  }

  const TrainingCase training_;
  Communicator& communicator_;
  const World& participants_;
  std::unique_ptr<TrainingStep> step_;
  Bytes peak_;
  double bytes_sent_ = 0;
};

}  // namespace

Bytes training_memory(const TrainingCase& training) {
  const std::size_t total = total_samples(training);
  const std::size_t gathered = training.strategy->gathers_at_root ? total : 0;
  const std::size_t most = training.samples_of_rank.front();
  return step_memory(*training.network, training.precision, most, gathered) +
         step_memory(*training.network, training.precision, most, 0);
}

std::unique_ptr<Trial> make_training_trial(const TrainingCase& training, Communicator& communicator,
                                           const World& participants) {
  return std::make_unique<TrainingTrial>(training, communicator, participants);
}

}  // namespace lanemark
