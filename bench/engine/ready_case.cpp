// SPDX-License-Identifier: MIT

#include "bench/engine/ready_case.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench/engine/room.hpp"
#include "collectives/core/memory_agreement.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

std::optional<std::string> too_little(const World& participants, std::string_view what, Bytes needed, Bytes room) {
  if (needed <= room) return std::nullopt;
  constexpr double mebi = 1 << 20U;
  return fmt::format("not enough memory{}: rank {} needs {:.0f} MiB and has {:.0f} MiB", what, participants.rank(),
                     static_cast<double>(needed.value) / mebi, static_cast<double>(room.value) / mebi);
}

/// Why this rank cannot hold the cases at once.
std::optional<std::string> too_large(std::span<ReadyCase* const> cases, const World& participants) {
  Bytes on_device{};
  Bytes on_host{};
  Bytes held{};
  for (const ReadyCase* const one : cases) {
    on_device += one->planned->memory;
    on_host += one->planned->host_memory;
    // What cases can share is not counted twice.
    if (one->planned->held) held = std::max(held, one->planned->held());
  }
  const Bytes room = device_room(participants) + held;
  if (participants.device().kind == DeviceKind::host) return too_little(participants, "", on_device + on_host, room);
  if (auto reason = too_little(participants, "", on_device, room)) return reason;
  return too_little(participants, " on the host", on_host, host_room(participants));
}

/// Calls `work`, and says what it found not to be there on any rank; collective. Nothing if all went well.
std::optional<std::string> unsupported(const World& participants, const std::function<void()>& work) {
  std::optional<std::string> problem;
  try {
    work();
  } catch (const Unsupported& error) {
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
  const bool exact = timing.iterations > 0 && timing.precision == 0 && one.schedule.pace != Pace::back_to_back;
  if (exact && one.counts.samples < timing.iterations) one.measurement.stop = Stop::time;
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
    const auto reason =
        lack_in([&] { take_memory(participants, [&] { one->trial = one->planned->prepare(*one->group); }); });
    if (reason && several) return std::nullopt;
    if (reason) skip(*one, *reason);
  }
  for (ReadyCase* const one : left) {
    if (!one->trial) continue;
    std::optional<std::string> missing;
    const auto lacking = lack_in([&] { missing = unsupported(participants, [&] { one->trial->begin(); }); });
    if (lacking && several) return std::nullopt;
    if (lacking || missing) skip(*one, lacking ? *lacking : *missing);
  }
  for (ReadyCase* const one : left) {
    if (!one->trial) continue;
    const std::uint64_t most = one->trial->operations_per_refill();
    if (one->schedule.pace == Pace::back_to_back && most > 0 && timing.iterations > most) {
      skip(*one,
           fmt::format("-n {}: data changed in place lasts for {} operations here; ask for no more, or leave -n off",
                       timing.iterations, most));
      continue;
    }
    const auto lacking = lack_in([&] { settle(*one, participants, timing); });
    if (lacking && several) return std::nullopt;
    if (lacking) skip(*one, *lacking);
  }
  return ready;
}

}  // namespace lanemark
