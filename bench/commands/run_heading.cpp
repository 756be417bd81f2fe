// SPDX-License-Identifier: MIT

#include "bench/commands/run_heading.hpp"

#include <fmt/format.h>

#include "bench/files/standard_streams.hpp"
#include "bench/record/shared_gpus.hpp"

namespace lanemark {

void print_heading(const World& world, const DeviceProperties& device) {
  if (world.device().kind == DeviceKind::host) {
    const char* reason = "As asked, ";
    if (!is_built(DeviceKind::cuda)) {
      reason = "Built without CUDA and NCCL: ";
    } else if (device_count(DeviceKind::cuda) == 0) {
      reason = "No GPU found: ";
    }
    show_line("{}measuring the CPU ({}) over MPI, {} rank{} on {} node{}", reason, device.name, world.size(),
              world.size() == 1 ? "" : "s", world.nodes(), world.nodes() == 1 ? "" : "s");
  } else {
    show_line("Measuring {} x {}, {} node{}", devices_of(world.places()), device.name, world.nodes(),
              world.nodes() == 1 ? "" : "s");
    if (const std::string shared = shared_gpus_text(world.places()); !shared.empty()) {
      show_line("{}: they take turns, and no time is that of a rank with a GPU of its own", shared);
    }
  }
  if (world.size() == 1) {
    show_line("One rank only: nothing moves between ranks. Start more with mpirun -np N lanemark …");
  }
  static_cast<void>(end_of_output());  // where a person watches
}

void print_circumstances(const LaunchHeader& header, std::span<const RankProcessors> ranks) {
  for (const RankProcessors& one : ranks) {
    if (!one.quota || *one.quota >= static_cast<double>(one.allowed.count())) continue;
    show_line(
        "A quota leaves this control group {:.3g} of {} processors: each rank computes with {} thread{}, and is paused "
        "for milliseconds where that is more",
        *one.quota, one.allowed.count(), one.threads, one.threads == 1 ? "" : "s");
    break;
  }
  const bool accepted = !header.accepted_load.empty();
  const auto say_load = [&](const std::string& load, std::string_view cure) {
    if (accepted) show_line("Other load, accepted ({}): {}", header.accepted_load, load);
    else show_line("Not to be compared: {}; {}, or say why that is no matter: --accept-load REASON", load, cure);
  };
  if (!header.crowding.empty()) say_load(header.crowding, "start fewer ranks");
  const std::string others = header.processors ? disturbance(*header.processors) : "";
  if (!others.empty()) say_load(fmt::format("before the first case, {}", others), "stop what else runs here");
  static_cast<void>(end_of_output());
}

}  // namespace lanemark
