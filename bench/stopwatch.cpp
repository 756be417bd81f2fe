#include "bench/stopwatch.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <future>
#include <numeric>

#include "collectives/core/mpi_check.hpp"

namespace lanemark {
namespace {

/// Operations enqueued ahead of the device; bounds the queue without draining it.
constexpr std::uint64_t run_ahead = 256;
constexpr double settled = 0.05;

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

std::vector<Seconds> Stopwatch::isolated(Trial& trial, std::uint64_t samples) const {
  const StreamRef stream = trial.stream();
  std::deque<Event> events;
  for (std::uint64_t i = 0; i < 2 * samples; ++i) events.emplace_back(stream.device());
  StartGate gate{stream};
  for (std::uint64_t i = 0; i < samples; ++i) {
    line_up(stream);
    stream.record(events[2 * i]);
    trial.enqueue(i);
    stream.record(events[2 * i + 1]);
  }
  gate.open();
  stream.synchronize();
  std::vector<Seconds> times(samples);
  for (std::uint64_t i = 0; i < samples; ++i) times[i] = elapsed(events[2 * i], events[2 * i + 1]);
  return times;
}

std::vector<Seconds> Stopwatch::back_to_back(Trial& trial, Counts counts) const {
  const StreamRef stream = trial.stream();
  const Event start{stream.device()};
  const Event stop{stream.device()};
  std::vector<Seconds> times(counts.samples);
  std::uint64_t index = 0;
  for (Seconds& time : times) {
    StartGate gate{stream};
    line_up(stream);
    stream.record(start);
    for (std::uint64_t i = 0; i < counts.operations; ++i) trial.enqueue(index++);
    stream.record(stop);
    gate.open();
    stream.synchronize();
    time = elapsed(start, stop) / static_cast<double>(counts.operations);
  }
  return times;
}

std::vector<Seconds> Stopwatch::continuous(Trial& trial, std::uint64_t samples) const {
  const StreamRef stream = trial.stream();
  std::deque<Event> events;
  for (std::uint64_t i = 0; i <= samples; ++i) events.emplace_back(stream.device());
  line_up(stream);
  stream.record(events[0]);
  for (std::uint64_t i = 0; i < samples; ++i) {
    trial.enqueue(i);
    stream.record(events[i + 1]);
    if (i >= run_ahead) EventRef{events[i + 1 - run_ahead]}.synchronize();
  }
  stream.synchronize();
  std::vector<Seconds> times(samples);
  for (std::uint64_t i = 0; i < samples; ++i) times[i] = elapsed(events[i], events[i + 1]);
  return times;
}

Samples Stopwatch::time(Trial& trial, Pace pace, Counts counts) const {
  std::vector<Seconds> mine;
  switch (pace) {
    case Pace::isolated: mine = isolated(trial, counts.samples); break;
    case Pace::back_to_back: mine = back_to_back(trial, counts); break;
    case Pace::continuous: mine = continuous(trial, counts.samples); break;
  }
  Samples samples;
  for (const SlowestTime& slowest : world_.slowest(mine)) {
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

WarmUp warm_up(const Stopwatch& stopwatch, Trial& trial, Pace pace, const TimingOptions& options) {
  WarmUp result;
  constexpr Seconds long_enough{1e-3};
  Counts counts{.samples = pace == Pace::back_to_back ? 1U : 2U, .operations = pace == Pace::back_to_back ? 2U : 1U};
  Seconds previous{};
  while (true) {
    const Samples batch = stopwatch.time(trial, pace, counts);
    const auto operations = static_cast<double>(counts.samples * counts.operations);
    const Seconds spent = batch.total() * static_cast<double>(counts.operations);
    result.spent += spent;
    result.operations += counts.samples * counts.operations;
    result.operation_time = quantile(batch.times, 0.5);
    const double change = std::abs((result.operation_time - previous) / result.operation_time);
    if ((spent >= long_enough && change < settled) || result.spent >= options.max_warm_up) return result;
    previous = result.operation_time;
    constexpr double most_operations = 2048;
    if (spent < long_enough * 10 && operations < most_operations) {
      (pace == Pace::back_to_back ? counts.operations : counts.samples) *= 2;
    }
  }
}

Counts calibrate(Pace pace, Seconds operation_time, const TimingOptions& options) {
  constexpr Seconds shortest{1e-8};
  const double time = std::max(operation_time, shortest).count();
  const auto clamp = [](double wanted, std::uint64_t low, std::uint64_t high) {
    return static_cast<std::uint64_t>(std::clamp(wanted, static_cast<double>(low), static_cast<double>(high)));
  };
  Counts counts;
  if (pace == Pace::back_to_back) {
    // Long batches, so that filling and draining the pipeline is a small part; two operations if each is long.
    constexpr double batch_time = 10e-3;
    constexpr std::uint64_t fewest = 2;
    constexpr std::uint64_t most = 2000;
    counts.operations = clamp(std::ceil(batch_time / time), fewest, most);
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
