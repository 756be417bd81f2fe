#include "bench/ready_case.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// Why this rank cannot hold the cases at once; host ranks of a node share its memory.
std::optional<std::string> too_large(std::span<ReadyCase* const> cases, const World& participants) {
  const Device device = participants.device();
  const auto sharers = static_cast<std::uint64_t>(device.kind == DeviceKind::host ? participants.local_size() : 1);
  Bytes needed{};
  Bytes held{};
  for (const ReadyCase* const one : cases) {
    needed = needed + one->planned->memory;
    // What cases can share is not counted twice.
    if (one->planned->held) held = std::max(held, one->planned->held());
  }
  const Bytes free = platform(device.kind).free_memory(device.ordinal) / sharers + held;
  if (needed <= free) return std::nullopt;
  constexpr double mebi = 1 << 20U;
  return fmt::format("not enough memory: rank {} needs {:.0f} MiB and has {:.0f} MiB", participants.rank(),
                     static_cast<double>(needed.value) / mebi, static_cast<double>(free.value) / mebi);
}

/// Calls `work`, and says what it found missing on any rank; collective. Nothing if all went well.
template <class Missing, class Work>
std::optional<std::string> missing(const World& participants, Work&& work) {
  std::optional<std::string> problem;
  try {
    work();
  } catch (const Missing& error) {
    problem = error.what();
  }
  return participants.first_problem(problem);
}

void skip(ReadyCase& one, const std::string& reason) {
  one.trial.reset();
  one.measurement.skipped = reason;
}

void settle(ReadyCase& one, const World& participants, const TimingOptions& timing) {
  const Stopwatch stopwatch{participants};
  const WarmUp warm = warm_up(stopwatch, *one.trial, one.schedule, timing);
  one.counts = calibrate(one.schedule, warm.operation_time, timing, one.trial->operations_per_refill());
  one.measurement.warm_up = warm.spent;
  one.measurement.warm_up_operations = warm.operations;
  one.measurement.operations_per_sample = one.counts.operations;
}

}  // namespace

Measurement not_yet_measured(const PlannedCase& planned, Device device) {
  Measurement m;
  m.what = planned.what;
  m.device = name(device.kind);
  m.transport = planned.transport;
  m.work = planned.work;
  m.limit = planned.limit;
  return m;
}

std::optional<std::vector<ReadyCase>> make_ready(std::span<const PlannedCase> cases, const World& participants,
                                                 std::span<const World* const> groups, const TimingOptions& timing) {
  std::vector<ReadyCase> ready;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    ready.push_back({.planned = &cases[i],
                     .group = groups[i],
                     .schedule = {.pace = cases[i].pace, .replayed = cases[i].replayed},
                     .measurement = not_yet_measured(cases[i], participants.device())});
  }
  std::vector<ReadyCase*> left;
  for (ReadyCase& one : ready) {
    ReadyCase* const alone = &one;
    if (!one.planned->skip.empty()) {
      skip(one, one.planned->skip);
    } else if (const auto reason = participants.first_problem(too_large({&alone, 1}, participants))) {
      skip(one, *reason);
    } else {
      left.push_back(&one);
    }
  }
  const bool several = left.size() > 1;
  if (several && participants.first_problem(too_large(left, participants))) return std::nullopt;
  for (ReadyCase* const one : left) {
    const auto reason = missing<OutOfMemory>(participants, [&] { one->trial = one->planned->prepare(*one->group); });
    if (reason && several) return std::nullopt;
    if (reason) skip(*one, *reason);
  }
  for (ReadyCase* const one : left) {
    if (!one->trial) continue;
    if (const auto reason = missing<Unsupported>(participants, [&] { one->trial->begin(); })) skip(*one, *reason);
  }
  for (ReadyCase* const one : left) {
    if (one->trial) settle(*one, participants, timing);
  }
  return ready;
}

}  // namespace lanemark
