// SPDX-License-Identifier: MIT

#include "bench/doctor/placement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string>

#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

constexpr std::string_view part_name = "placement";

std::vector<Finding> placement_findings(const World& world) {
  return placement_findings(world.places(), world.places()[static_cast<std::size_t>(world.rank())].node);
}

const Registered<DoctorPart> placement{{.name = part_name, .order = 7, .run = placement_findings}};

}  // namespace

std::vector<Finding> placement_findings(std::span<const Place> places, int node) {
  Findings findings{part_name};
  std::vector<std::string> placed;
  std::vector<std::size_t> blind;
  std::set<std::string> gpus;
  for (std::size_t rank = 0; rank < places.size(); ++rank) {
    if (places[rank].node != node) continue;
    if (places[rank].device.empty()) {
      blind.push_back(rank);
    } else {
      placed.push_back(fmt::format("rank {} on {}", rank, places[rank].device));
      gpus.insert(places[rank].device);
    }
  }
  const bool none = std::ranges::all_of(places, [](const Place& one) { return one.device.empty(); });
  if (none) return findings.take();
  if (!placed.empty()) findings.ok(fmt::format("ranks would take GPUs so: {}", fmt::join(placed, ", ")));
  for (const SharedGpu& one : shared_gpus(places)) {
    if (one.node != node) continue;
    findings.problem(
        fmt::format("ranks {} would share GPU {}: run refuses that, as each would have a part of its rate and memory, "
                    "and NCCL takes it only since 2.30, where NCCL_MULTI_RANK_GPU_ENABLE=1 is set",
                    fmt::join(one.ranks, ", "), one.bus_id),
        fmt::format(
            "start at most {} rank{} here (mpirun -np), show each rank a GPU of its own (srun --gpus-per-task=1, "
            "or its own CUDA_VISIBLE_DEVICES), or let them share by run --share-gpus",
            gpus.size(), gpus.size() == 1 ? "" : "s"));
  }
  if (!blind.empty()) {
    findings.problem(fmt::format("rank{} {} see{} no GPU, and others of the launch do: run refuses that",
                                 blind.size() == 1 ? "" : "s", fmt::join(blind, ", "), blind.size() == 1 ? "s" : ""),
                     "see that its CUDA_VISIBLE_DEVICES is not empty and that the batch system gives every task a GPU "
                     "(srun --gpus-per-task=1), or measure by run --device host");
  }
  return findings.take();
}

}  // namespace lanemark
