// SPDX-License-Identifier: MIT

#include "bench/engine/stopwatch.hpp"

#include <algorithm>
#include <cmath>
#include <deque>

namespace lanemark {
namespace {

constexpr double settled = 0.05;
/// A graph holds each of its operations.
constexpr std::uint64_t most_captured = 256;

}  // namespace

Samples Stopwatch::time(Trial& trial, Schedule schedule, Counts counts) const {
  return Sampler{world_, trial, schedule, counts.operations}.take(counts.samples);
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
    line_up(world_, stream);
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
  constexpr double most_operations = 2048;
  constexpr int most_brief_batches = 20;
  int brief_batches = 0;
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
    // Of operations that take next to no time, as one of no bytes, no batch is ever long enough, and as many as add up
    // to the time for all take the ranks minutes to line up for.
    const bool brief = spent < long_enough && operations >= most_operations;
    if (brief && (change < settled || ++brief_batches == most_brief_batches)) return result;
    const std::uint64_t most = schedule.replayed ? most_captured : static_cast<std::uint64_t>(most_operations);
    if (spent < long_enough * 10 && operations < most_operations) {
      const bool longer = batched && counts.operations * 2 <= most && allowed(counts.operations * 2);
      (longer ? counts.operations : counts.samples) *= 2;
    }
  }
}

std::uint64_t affordable(std::uint64_t samples, Seconds sample_time, const TimingOptions& options) {
  if (!options.bounded || sample_time <= Seconds{0}) return samples;
  const double room = options.max_time / sample_time;
  return room >= static_cast<double>(samples) ? samples : std::max<std::uint64_t>(1, static_cast<std::uint64_t>(room));
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
    counts.samples = affordable(options.iterations, Seconds{time}, options);
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
  const std::uint64_t most = std::max(options.max_samples, options.min_samples);
  counts.samples = clamp(std::ceil(options.min_time.count() / sample_time), least, most);
  return counts;
}

}  // namespace lanemark
