#include "bench/runner.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// Why this rank cannot hold the case; host ranks of a node share its memory.
std::optional<std::string> too_large(const PlannedCase& planned, const World& participants) {
  const Device device = participants.device();
  const auto sharers = static_cast<std::uint64_t>(device.kind == DeviceKind::host ? participants.local_size() : 1);
  const Bytes free = platform(device.kind).free_memory(device.ordinal) / sharers;
  if (planned.memory <= free) return std::nullopt;
  constexpr double mebi = 1 << 20U;
  return fmt::format("not enough memory: rank {} needs {:.0f} MiB and has {:.0f} MiB", participants.rank(),
                     static_cast<double>(planned.memory.value) / mebi, static_cast<double>(free.value) / mebi);
}

}  // namespace

Verdict agree(const World& world, const Verdict& mine) {
  const bool wrong = mine.kind == Verdict::Kind::wrong;
  const auto problem =
      world.first_problem(wrong ? std::optional{fmt::format("rank {}: {}", world.rank(), mine.detail)} : std::nullopt);
  if (problem) return {.kind = Verdict::Kind::wrong, .detail = *problem};
  return {.kind = world.all(mine.kind == Verdict::Kind::correct) ? Verdict::Kind::correct : Verdict::Kind::unverified,
          .detail = {}};
}

Runner::Runner(const World& world, RunnerOptions options, GoogleBenchmark& google_benchmark, MeasurementSink sink)
    : world_{world},
      options_{options},
      google_benchmark_{google_benchmark},
      sink_{std::move(sink)},
      progress_{world.is_root(), options.progress},
      watchdog_{world.rank(), options.timeout} {}

void Runner::deliver(const Measurement& measurement) {
  measurements_.push_back(measurement);
  if (world_.is_root()) sink_(measurement);
}

void Runner::measure(const PlannedCase& planned, const World& participants) {
  Measurement base{.what = planned.what,
                   .device = std::string{name(participants.device().kind)},
                   .transport = planned.transport,
                   .work = planned.work,
                   .limit = planned.limit};
  const auto skip = [&](const std::string& reason) {
    base.skipped = reason;
    deliver(base);
  };
  if (const auto reason = participants.first_problem(too_large(planned, participants))) return skip(*reason);

  std::unique_ptr<Trial> trial;
  std::optional<std::string> problem;
  try {
    trial = planned.prepare(participants);
  } catch (const OutOfMemory& error) {
    problem = error.what();
  }
  if (const auto reason = participants.first_problem(problem)) {
    trial.reset();
    return skip(*reason);
  }

  trial->begin();
  const Stopwatch stopwatch{participants};
  const WarmUp warm = warm_up(stopwatch, *trial, planned.pace, options_.timing);
  const Counts counts = calibrate(planned.pace, warm.operation_time, options_.timing);
  base.warm_up = warm.spent;
  base.warm_up_operations = warm.operations;
  base.operations_per_sample = counts.operations;

  google_benchmark_.run(name(planned.what), counts.samples, [&](int repetition) {
    Measurement measurement = base;
    measurement.repetition = repetition;
    trial->reset();
    Samples samples = stopwatch.time(*trial, planned.pace, counts);
    measurement.samples = std::move(samples.times);
    measurement.slowest_rank = std::move(samples.slowest_rank);
    measurement.verdict = agree(participants, trial->verify());
    trial->describe(measurement, stopwatch);
    deliver(measurement);
    return measurement;
  });
}

std::vector<Measurement> Runner::run(std::span<const PlannedCase> cases) {
  std::map<int, std::optional<World>> groups;
  for (const PlannedCase& planned : cases) {
    const int ranks = planned.what.ranks;
    if (!groups.contains(ranks)) groups.emplace(ranks, world_.first(ranks));
  }
  std::size_t done = 0;
  for (const PlannedCase& planned : cases) {
    progress_.show(++done, cases.size(), name(planned.what));
    watchdog_.watch(name(planned.what));
    if (const auto& participants = groups.at(planned.what.ranks)) measure(planned, *participants);
    world_.wait_politely();
  }
  progress_.clear();
  return std::move(measurements_);
}

}  // namespace lanemark
