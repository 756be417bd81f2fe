// SPDX-License-Identifier: MIT

#pragma once

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/machine/crowd.hpp"
#include "collectives/core/world.hpp"
#include "kernels/core/units.hpp"

namespace lanemark {

/// What hardware a launch ran on: the key under which baselines are compared. No host names, no versions: two nodes
/// of a kind are one kind, and an upgrade of a driver is what a comparison is for.
struct Fingerprint {
  std::string gpu;        ///< model; several models joined by " + "; empty on the host device
  int gpus = 0;           ///< GPUs that ranks of the launch use
  int gpus_per_node = 0;  ///< on the node with the most
  std::string link;       ///< between GPUs: "NVLink 450 GB/s", "PCIe", "network" for one a node, "" without two
  int nodes = 1;
  int ranks_per_node = 1;  ///< on the node with the most
  int ranks_per_gpu = 1;   ///< on the GPU with the most
  std::string cpu;
  int cores = 0;                    ///< physical, of one node
  std::optional<int> processors{};  ///< that the ranks of a node may use, on the node with the fewest; not which ones
  int memory_gib = 0;               ///< of one node, as sold (memory_class)
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

nlohmann::json to_json(const Fingerprint& fingerprint);
/// Throws Error that names a field that is missing, ill-typed, out of its bounds or at odds with another.
Fingerprint fingerprint_from_json(const nlohmann::json& object);
/// The field `fingerprint` of a record's header or a baseline. Throws also where `fingerprint_id` is not its id.
Fingerprint identified_fingerprint(const nlohmann::json& object);
/// Throws Error, naming the field `ranks`, where so many ranks do not fit on those nodes.
void require_room(const Fingerprint& fingerprint, int ranks);

/// Whether two may be one kind of machine: they are equal but for fields that one of them does not have, as older
/// records do not.
bool same_machine(const Fingerprint& a, const Fingerprint& b);
/// The same machines by one name: each fingerprint that lacks a field as the only other one here that it may be, if
/// there is just one; else as it is.
std::vector<Fingerprint> unified(std::vector<Fingerprint> all);
/// As records had it before they told processors.
Fingerprint without_processors(Fingerprint fingerprint);

/// For people: "2 nodes of 4 x NVIDIA H200, NVLink 450 GB/s", "AMD EPYC 7763 with 64 cores".
std::string machine(const Fingerprint& fingerprint);

/// FNV-1a, 64 bits, over the canonical JSON (keys sorted, no blanks), as 16 hexadecimal digits.
std::string id(const Fingerprint& fingerprint);
/// FNV-1a, 64 bits (Fowler, Noll, Vo).
std::uint64_t fnv1a(std::string_view text);

/// What one rank sees of the hardware; `node` only tells nodes apart.
struct RankHardware {
  std::string node;
  std::string cpu;
  int cores = 0;
  int memory_gib = 0;
  std::string gpu;         ///< empty on the host device
  std::string gpu_bus_id;  ///< ranks may share a GPU
  int nvlink_gbs = 0;      ///< all NVLinks of the GPU, one direction, GB/s; 0 without
};

/// All ranks' views as one, whatever their order, but for `processors`.
Fingerprint fingerprint_of(const std::vector<RankHardware>& ranks);

/// Collective over the world; the same on all ranks. `ranks` is where they may run, by rank.
Fingerprint fingerprint(const World& world, std::span<const RankProcessors> ranks);

/// Gibibytes of the memory as sold: what a kernel leaves of 128 GiB varies by version. The nearest of 1, 1.25, 1.5,
/// 1.75 times a power of two.
int memory_class(Bytes memory);

/// Physical cores by the text of /proc/cpuinfo: distinct (package, core) pairs, or processors where it tells none.
int physical_cores(std::string_view cpuinfo);

}  // namespace lanemark
