// SPDX-License-Identifier: MIT

#include "bench/training/trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <span>

#include "bench/engine/stopwatch.hpp"
#include "bench/training/step_check.hpp"
#include "collectives/collectives.hpp"
#include "collectives/core/memory_agreement.hpp"

namespace lanemark {
namespace {

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

class TrainingTrial final : public Trial {
 public:
  TrainingTrial(TrainingCase training, Communicator& communicator, const World& participants)
      : training_{std::move(training)}, communicator_{communicator}, participants_{participants} {
    reset_peak_memory(communicator.device());
    step_ = std::make_unique<TrainingStep>(*training_.network, *training_.strategy, communicator,
                                           training_.samples_of_rank, step_options());
    step_->rehearse_for(communicator);
  }

  void begin() override { step_->reset(); }
  void reset() override {
    step_->reset();
    steps_ = 0;
  }
  StreamRef stream() override { return step_->stream(); }
  void enqueue() override {
    step_->run();
    ++steps_;
  }

  /// The timed steps must have left all ranks with the same finite parameters; then one step from the start must
  /// give the gradients and the update that the ranks' shards give one after the other on one rank.
  Verdict verify() override {
    step_->finish();
    peak_ = peak_memory(communicator_.device());
    std::vector<float> start;
    std::vector<float> gradients;
    SharedGradients right;
    take_memory(participants_, [&] {
      for (std::vector<float>* const one : {&parameters_, &start, &gradients})
        one->resize(training_.network->arena_size());
      if (participants_.is_root()) right = gradients_of_shares(training_, participants_.device(), step_options());
    });
    const std::string after_timing = check_agreement();
    const bool overflowed = !participants_.all(all_finite(parameters_));
    step_->reset();
    download<float>(stream(), step_->parameters(), start);
    step_->set_learning_rate(checked_learning_rate);
    communicator_.reset_bytes_sent();
    step_->run();
    bytes_sent_ = communicator_.bytes_sent();
    step_->finish();
    step_->set_learning_rate(timed_learning_rate);
    if (!after_timing.empty()) return wrong(after_timing);
    if (const std::string problem = check_agreement(); !problem.empty()) return wrong(problem);
    download<float>(stream(), step_->gradients(), gradients);
    Verdict of_step{.kind = Verdict::Kind::correct};
    take_memory(participants_, [&] {
      if (participants_.is_root()) of_step = check_one_step(right, {start, parameters_, gradients});
    });
    // The root says what is wrong; all go the same way.
    if (!participants_.all(of_step.kind == Verdict::Kind::correct) || !overflowed) return of_step;
    // Nobody counts what a graph replays.
    constexpr std::uint64_t more_than_timed = std::uint64_t{1} << 14U;
    if (diverges(training_.replayed ? more_than_timed : steps_)) {
      return unverified(
          "its parameters overflow, when the steps are repeated too; a single step is right, and nothing "
          "can be said of those timed");
    }
    return wrong("parameters are not finite after the timed steps, but are when the steps are repeated");
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

  /// The same step, kernels and events, with every call to the network left out.
  Seconds time_silent(const Stopwatch& stopwatch, std::uint64_t samples) {
    step_->communicate_over(*silent_);
    step_->reset();
    constexpr std::uint64_t warm_up_samples = 3;
    const Schedule schedule{.pace = Pace::continuous, .replayed = training_.replayed};
    stopwatch.time(*this, schedule, {.samples = warm_up_samples});
    const Samples quiet = stopwatch.time(*this, schedule, {.samples = samples});
    step_->finish();
    step_->communicate_over(communicator_);
    step_->reset();
    return quantile(quiet.times, 0.5);
  }

  static Verdict wrong(const std::string& detail) { return {.kind = Verdict::Kind::wrong, .detail = detail}; }
  static Verdict unverified(const std::string& why) { return {.kind = Verdict::Kind::unverified, .detail = why}; }

  [[nodiscard]] Verdict check_one_step(const SharedGradients& right, const StepTaken& taken) const {
    if (!right.finite()) return unverified("the gradients of a single rank overflow: there is nothing to compare with");
    const std::string problem = check_step(training_, right, taken, checked_learning_rate);
    return problem.empty() ? Verdict{.kind = Verdict::Kind::correct} : wrong(problem);
  }

  /// Whether all ranks have the same parameters, which are downloaded.
  [[nodiscard]] std::string check_agreement() {
    download<float>(stream(), step_->parameters(), parameters_);
    const std::vector<std::uint64_t> hashes = participants_.gather_all(hash(parameters_));
    const auto other = std::ranges::find_if(hashes, [&](std::uint64_t one) { return one != hashes.front(); });
    if (other != hashes.end()) {
      return fmt::format("parameters of rank {} differ from rank 0's after the same steps", other - hashes.begin());
    }
    return {};
  }

  /// Whether the parameters overflow once more when the steps are repeated: then the network does so by itself, and no
  /// fault of one run left them so. Collective.
  [[nodiscard]] bool diverges(std::uint64_t steps) {
    step_->reset();
    bool stayed = true;
    for (std::uint64_t done = 0; stayed && done < steps;) {
      const std::uint64_t some = std::min(steps - done, done + 1);
      for (std::uint64_t i = 0; i < some; ++i) step_->run();
      done += some;
      step_->finish();
      download<float>(stream(), step_->parameters(), parameters_);
      stayed = participants_.all(all_finite(parameters_));
    }
    step_->reset();
    return !stayed;
  }

  const TrainingCase training_;
  Communicator& communicator_;
  const World& participants_;
  std::unique_ptr<Communicator> silent_ = connect_silent(participants_);  ///< outlives the step that may talk over it
  std::unique_ptr<TrainingStep> step_;
  std::vector<float> parameters_;  ///< this rank's, downloaded last
  Bytes peak_;
  double bytes_sent_ = 0;
  std::uint64_t steps_ = 0;  ///< enqueued since the last reset
};

/// What the backend takes for a step's exchanges: at most one of all gradients, and the whole batch at a root.
Backend::Beside beside_step(const TrainingCase& training) {
  if (training.backend->beside == nullptr) return {};
  const auto ranks = static_cast<int>(training.samples_of_rank.size());
  const auto beside = [&](const Collective& collective, std::size_t count) {
    return training.backend->beside(collective, {.count = count}, ranks);
  };
  const std::size_t gradients = training.network->arena_size();
  if (!training.strategy->gathers_at_root) return beside(all_reduce, gradients);
  const std::size_t widest = std::max(training.network->input_size(), training.network->classes());
  const Backend::Beside of_gradients = beside(reduce, gradients);
  const Backend::Beside of_batch = beside(scatter, training.samples_of_rank.front() * widest);
  return {.device = std::max(of_gradients.device, of_batch.device), .host = of_gradients.host + of_batch.host};
}

}  // namespace

Backend::Beside training_memory(const TrainingCase& training) {
  const Network& network = *training.network;
  const std::size_t total = total_samples(training);
  const std::size_t gathered = training.strategy->gathers_at_root ? total : 0;
  const std::size_t most = training.samples_of_rank.front();
  Backend::Beside needed = beside_step(training);
  needed.device +=
      step_memory(network, training.precision, most, gathered) + step_memory(network, training.precision, most, 0);
  // Parameters before and after, the gradients and those of a share; their sums and sizes in double precision.
  constexpr std::size_t of_check = 4 * sizeof(float) + 2 * sizeof(double);
  needed.host += Bytes{of_check * network.arena_size()};
  if (training.backend->device == DeviceKind::host) {
    // Its kernels gather patches, and work in float: for this step and for that of the check.
    constexpr Bytes patches = mebibytes(1);
    const Bytes widened =
        training.precision == Precision::bf16 ? step_memory(network, Precision::fp32, most, 0) : Bytes{};
    needed.host += (patches + widened) * 2;
  }
  return needed;
}

std::unique_ptr<Trial> make_training_trial(const TrainingCase& training, Communicator& communicator,
                                           const World& participants) {
  return std::make_unique<TrainingTrial>(training, communicator, participants);
}

}  // namespace lanemark
