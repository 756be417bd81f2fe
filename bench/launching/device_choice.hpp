// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <string>
#include <vector>

#include "bench/launching/device_assignment.hpp"
#include "collectives/core/world.hpp"

namespace lanemark {

/// What the user asked for, as text that is not yet checked.
struct DeviceRequest {
  std::string device;  ///< empty: cuda where there is a GPU
  bool share_gpus = false;
};

/// A rank's device, and what tells it from others of its node (`Place::device`).
struct DeviceChoice {
  Device device;
  std::string identity;
  friend bool operator==(const DeviceChoice&, const DeviceChoice&) = default;
};

/// PCI addresses of the GPUs that this process sees, in the order of ordinals; none where the build has no CUDA. Local.
std::vector<std::string> visible_gpus();

/// Every rank's device, by rank: GPUs where any rank sees one and --device does not say otherwise, each rank one of its
/// own unless --share-gpus allows less. `places` say who shares a node, `views` are by rank. Throws UsageError where
/// that cannot be, and for --share-gpus where there are no GPUs to share. Pure, so that all ranks decide alike.
std::vector<DeviceChoice> choose_devices(const DeviceRequest& asked, std::span<const Place> places,
                                         std::span<const DeviceView> views);

/// What `lanemark run` would choose, and where it would refuse, what comes nearest: shared GPUs, and the host for a
/// rank that sees no GPU. For those that say what is wrong.
std::vector<DeviceChoice> nearest_devices(std::span<const Place> places, std::span<const DeviceView> views);

/// What all ranks see, by rank. Collective.
std::vector<DeviceView> gather_views(const World& control, const std::vector<std::string>& visible);

/// This rank's device by what all see. Throws UsageError, on all ranks where on any. Collective over `control`, a world
/// of all ranks before they have devices.
DeviceChoice choose_device(const DeviceRequest& asked, const World& control, const std::vector<std::string>& visible);

}  // namespace lanemark
