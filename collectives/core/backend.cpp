// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "collectives/core/communicator.hpp"

namespace lanemark {
namespace {

const Backend* find_backend(std::string_view name, DeviceKind device) {
  const auto& all = Registry<Backend>::all();
  const auto found =
      std::ranges::find_if(all, [&](const Backend* one) { return one->name == name && one->device == device; });
  return found == all.end() ? nullptr : *found;
}

std::optional<std::string> cannot_share(const Backend& backend, const World& world) {
  if (backend.cannot_share == nullptr || !world.shares_devices()) return std::nullopt;
  return backend.cannot_share();
}

std::optional<std::string> refusal(const Backend& backend, const World& world) {
  if (auto reason = backend.refusal(world)) return reason;
  return cannot_share(backend, world);
}

/// "mpi" over device buffers is whichever of two ways the library has.
const Backend* meant_by(std::string_view name, const World& world) {
  const DeviceKind device = world.device().kind;
  if (device != DeviceKind::cuda || name != "mpi") return find_backend(name, device);
  const Backend* const direct = find_backend("mpi_cuda", device);
  const bool aware = direct != nullptr && !direct->refusal(world);
  return aware ? direct : find_backend("mpi_staged", device);
}

std::string unknown(std::string_view name, DeviceKind device) {
  for (const DeviceKind other : {DeviceKind::host, DeviceKind::cuda}) {
    if (other != device && find_backend(name, other) != nullptr) {
      return fmt::format("backend '{}' moves {} buffers; use --device {}", name, lanemark::name(other),
                         lanemark::name(other));
    }
  }
  std::vector<std::string_view> known;
  for (const Backend* one : Registry<Backend>::all()) {
    if (one->device == device) known.push_back(one->name);
  }
  return fmt::format("unknown backend '{}'; known on the {} device: {}", name, lanemark::name(device),
                     fmt::join(known, ", "));
}

}  // namespace

const Backend& resolve_backend(std::string_view name, const World& world) {
  const Backend* const backend = meant_by(name, world);
  const std::optional<std::string> mine =
      backend == nullptr ? std::optional{unknown(name, world.device().kind)} : refusal(*backend, world);
  if (const auto problem = world.first_problem(mine)) throw UsageError(*problem);
  return *backend;
}

std::optional<std::string> sharing_refusal(std::string_view name, const World& world) {
  const Backend* const backend = meant_by(name, world);
  return world.first_problem(backend == nullptr ? std::nullopt : cannot_share(*backend, world));
}

std::string_view default_backend(DeviceKind kind) { return find_backend("nccl", kind) != nullptr ? "nccl" : "mpi"; }

}  // namespace lanemark
