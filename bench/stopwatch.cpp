#include "bench/stopwatch.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <future>
#include <numeric>
#include <optional>

#include "collectives/core/mpi_check.hpp"
#include "kernels/core/graph.hpp"

namespace lanemark {
namespace {

/// Operations enqueued ahead of the device; bounds the queue without draining it.
constexpr std::uint64_t run_ahead = 256;
constexpr double settled = 0.05;
/// A graph holds each of its operations.
constexpr std::uint64_t most_captured = 256;

/// The operations of a sample: enqueued anew each time, or captured in a graph and replayed.
class SampleWork {
 public:
  SampleWork(Trial& trial, bool replayed, std::uint64_t operations)
      : trial_{trial}, operations_{operations}, limit_{trial.operations_per_refill()} {
    if (limit_ > 0) trial.reset();
    if (!replayed) return;
    // Once without the graph: what an operation sets up when it first runs cannot be captured.
    enqueue();
    trial.stream().synchronize();
    trial.reset();
    graph_.emplace(trial.stream(), [this] { enqueue_all(); });
    graph_->launch();
    trial.stream().synchronize();
  }

  /// Before each sample: data that operations change in place is brought back where it is used up.
  void prepare() {
    if (limit_ == 0) return;
    if (graph_) trial_.refill();
    else if (used_ + operations_ > limit_) trial_.reset();
    else return;
    used_ = 0;
  }

  void enqueue() {
    if (graph_) graph_->launch();
    else enqueue_all();
    used_ += operations_;
  }

 private:
  void enqueue_all() {
    for (std::uint64_t i = 0; i < operations_; ++i) trial_.enqueue();
  }

  Trial& trial_;
  std::uint64_t operations_;
  std::uint64_t limit_;
  std::uint64_t used_ = 0;
  std::optional<Graph> graph_;
};

/// Holds the host device's stream until everything to be timed is enqueued: enqueueing takes processor time from the
/// ranks that already run. A GPU has its own, and a deep queue ahead of it would only be limited by the driver.
class StartGate {
 public:
  explicit StartGate(StreamRef stream) {
    if (stream.device().kind != DeviceKind::host) return;
    stream.run([opened = opened_.get_future().share()] { opened.wait(); });
  }
  StartGate(const StartGate&) = delete;
  StartGate& operator=(const StartGate&) = delete;
  StartGate(StartGate&&) = delete;
  StartGate& operator=(StartGate&&) = delete;
  ~StartGate() { open(); }

  void open() {
    if (!open_) opened_.set_value();
    open_ = true;
  }

 private:
  std::promise<void> opened_;
  bool open_ = false;
};

}  // namespace

Seconds Samples::total() const { return std::accumulate(times.begin(), times.end(), Seconds{0}); }

void Samples::append(const Samples& others) {
  times.insert(times.end(), others.times.begin(), others.times.end());
  slowest_rank.insert(slowest_rank.end(), others.slowest_rank.begin(), others.slowest_rank.end());
  mine.insert(mine.end(), others.mine.begin(), others.mine.end());
}

/// All ranks start together. On the host device the barrier runs on the stream's own thread, so that waking that
/// thread is not measured as waiting for it.
void Stopwatch::line_up(StreamRef stream) const {
  if (stream.device().kind == DeviceKind::host) {
    stream.run([comm = world_.comm()] { check(MPI_Barrier(comm)); });
  } else {
    stream.synchronize();
    world_.barrier();
  }
}

std::vector<Seconds> Stopwatch::isolated(Trial& trial, bool replayed, std::uint64_t samples) const {
  const StreamRef stream = trial.stream();
  std::deque<Event> events;
  for (std::uint64_t i = 0; i < 2 * samples; ++i) events.emplace_back(stream.device());
  SampleWork work{trial, replayed, 1};
  StartGate gate{stream};
  for (std::uint64_t i = 0; i < samples; ++i) {
    work.prepare();
    line_up(stream);
    stream.record(events[2 * i]);
    work.enqueue();
    stream.record(events[2 * i + 1]);
  }
  gate.open();
  stream.synchronize();
  std::vector<Seconds> times(samples);
  for (std::uint64_t i = 0; i < samples; ++i) times[i] = elapsed(events[2 * i], events[2 * i + 1]);
  return times;
}

std::vector<Seconds> Stopwatch::back_to_back(Trial& trial, bool replayed, Counts counts) const {
  const StreamRef stream = trial.stream();
  const Event start{stream.device()};
  const Event stop{stream.device()};
  std::vector<Seconds> times(counts.samples);
  SampleWork work{trial, replayed, counts.operations};
  for (Seconds& time : times) {
    StartGate gate{stream};
    work.prepare();
    line_up(stream);
    stream.record(start);
    work.enqueue();
    stream.record(stop);
    gate.open();
    stream.synchronize();
    time = elapsed(start, stop) / static_cast<double>(counts.operations);
  }
  return times;
}

std::vector<Seconds> Stopwatch::continuous(Trial& trial, bool replayed, std::uint64_t samples) const {
  const StreamRef stream = trial.stream();
  SampleWork work{trial, replayed, 1};
  std::deque<Event> events;
  for (std::uint64_t i = 0; i <= samples; ++i) events.emplace_back(stream.device());
  line_up(stream);
  stream.record(events[0]);
  for (std::uint64_t i = 0; i < samples; ++i) {
    work.enqueue();
    stream.record(events[i + 1]);
    if (i >= run_ahead) EventRef{events[i + 1 - run_ahead]}.synchronize();
  }
  stream.synchronize();
  std::vector<Seconds> times(samples);
  for (std::uint64_t i = 0; i < samples; ++i) times[i] = elapsed(events[i], events[i + 1]);
  return times;
}

std::vector<Seconds> Stopwatch::blocking(Trial& trial, std::uint64_t samples) const {
  std::vector<Seconds> times(samples);
  for (Seconds& time : times) {
    trial.reset();
    trial.stream().synchronize();
    world_.barrier();
    const auto start = std::chrono::steady_clock::now();
    trial.enqueue();
    trial.stream().synchronize();
    time = std::chrono::steady_clock::now() - start;
  }
  return times;
}

Samples Stopwatch::time(Trial& trial, Schedule schedule, Counts counts) const {
  Samples samples;
  switch (schedule.pace) {
    case Pace::isolated: samples.mine = isolated(trial, schedule.replayed, counts.samples); break;
    case Pace::back_to_back: samples.mine = back_to_back(trial, schedule.replayed, counts); break;
    case Pace::continuous: samples.mine = continuous(trial, schedule.replayed, counts.samples); break;
    case Pace::blocking: samples.mine = blocking(trial, counts.samples); break;
  }
  for (const SlowestTime& slowest : world_.slowest(samples.mine)) {
    samples.times.push_back(slowest.time);
    samples.slowest_rank.push_back(slowest.rank);
  }
  return samples;
}

std::vector<Phase> Stopwatch::time_phases(
    StreamRef stream, std::uint64_t samples,
    const std::function<void(const std::function<void(std::string_view)>&)>& work) const {
  std::vector<Phase> phases;
  std::vector<std::vector<Seconds>> times;
  for (std::uint64_t sample = 0; sample < samples; ++sample) {
    std::deque<Event> events;
    events.emplace_back(stream.device());
    std::vector<std::string> names;
    line_up(stream);
    stream.record(events.front());
    work([&](std::string_view phase) {
      names.emplace_back(phase);
      stream.record(events.emplace_back(stream.device()));
    });
    stream.synchronize();
    times.resize(names.size());
    phases.resize(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      phases[i].name = names[i];
      times[i].push_back(elapsed(events[i], events[i + 1]));
    }
  }
  std::vector<Seconds> medians;
  medians.reserve(times.size());
  for (const std::vector<Seconds>& one : times) medians.push_back(quantile(one, 0.5));
  const std::vector<SlowestTime> slowest = world_.slowest(medians);
  for (std::size_t i = 0; i < phases.size(); ++i) phases[i].time = slowest[i].time;
  return phases;
}

WarmUp warm_up(const Stopwatch& stopwatch, Trial& trial, Schedule schedule, const TimingOptions& options) {
  WarmUp result;
  if (schedule.pace == Pace::blocking) return result;
  constexpr Seconds long_enough{1e-3};
  const bool batched = schedule.pace == Pace::back_to_back;
  const std::uint64_t limit = trial.operations_per_refill();
  const auto allowed = [&](std::uint64_t operations) { return limit == 0 || operations <= limit; };
  Counts counts{.samples = batched ? 1U : 2U, .operations = batched && allowed(2) ? 2U : 1U};
  if (options.warm_up_operations) {
    // Exactly so many; one more gives the calibration its time where none are asked for.
    const std::uint64_t asked = std::max<std::uint64_t>(*options.warm_up_operations, 1);
    counts = batched && allowed(asked) ? Counts{.samples = 1, .operations = asked}
                                       : Counts{.samples = asked, .operations = 1};
  }
  Seconds previous{};
  while (true) {
    const Samples batch = stopwatch.time(trial, schedule, counts);
    const auto operations = static_cast<double>(counts.samples * counts.operations);
    const Seconds spent = batch.total() * static_cast<double>(counts.operations);
    result.spent += spent;
    result.operations += counts.samples * counts.operations;
    result.operation_time = quantile(batch.times, 0.5);
    if (options.warm_up_operations) return result;
    const double change = std::abs((result.operation_time - previous) / result.operation_time);
    if ((spent >= long_enough && change < settled) || result.spent >= options.max_warm_up) return result;
    previous = result.operation_time;
    constexpr double most_operations = 2048;
    const std::uint64_t most = schedule.replayed ? most_captured : static_cast<std::uint64_t>(most_operations);
    if (spent < long_enough * 10 && operations < most_operations) {
      const bool longer = batched && counts.operations * 2 <= most && allowed(counts.operations * 2);
      (longer ? counts.operations : counts.samples) *= 2;
    }
  }
}

Counts calibrate(Schedule schedule, Seconds operation_time, const TimingOptions& options,
                 std::uint64_t most_operations) {
  constexpr Seconds shortest{1e-8};
  const double time = std::max(operation_time, shortest).count();
  const auto clamp = [](double wanted, std::uint64_t low, std::uint64_t high) {
    return static_cast<std::uint64_t>(std::clamp(wanted, static_cast<double>(low), static_cast<double>(high)));
  };
  Counts counts;
  if (schedule.pace == Pace::blocking) {
    constexpr std::uint64_t first_calls = 5;
    counts.samples = options.iterations > 0 ? options.iterations : std::min(first_calls, options.min_samples);
    return counts;
  }
  if (schedule.pace == Pace::back_to_back) {
    // Long batches, so that filling and draining the pipeline is a small part; two operations if each is long.
    const double batch_time = options.precision > 0 ? 2e-3 : 10e-3;
    constexpr std::uint64_t fewest = 2;
    const std::uint64_t most = schedule.replayed ? most_captured : 2000;
    counts.operations = options.iterations > 0 ? options.iterations : clamp(std::ceil(batch_time / time), fewest, most);
    if (most_operations > 0) counts.operations = std::min(counts.operations, most_operations);
  } else if (options.iterations > 0 && options.precision == 0) {
    counts.samples = options.iterations;
    return counts;
  }
  if (options.precision > 0) {
    constexpr std::uint64_t first_round = 8;
    counts.samples = first_round;
    return counts;
  }
  const double sample_time = time * static_cast<double>(counts.operations);
  // A slow case keeps to a few times min_time rather than to the minimum of samples.
  constexpr std::uint64_t fewest_samples = 5;
  constexpr double patience = 4;
  const std::uint64_t least = clamp(patience * options.min_time.count() / sample_time,
                                    std::min(fewest_samples, options.min_samples), options.min_samples);
  counts.samples = clamp(std::ceil(options.min_time.count() / sample_time), least, options.max_samples);
  return counts;
}

}  // namespace lanemark
