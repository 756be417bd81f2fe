// SPDX-License-Identifier: MIT

#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

// Which GPU each rank of a node takes. Ranks need not see the same: a batch system may show each task one GPU of its
// own as number 0, or a part of the node's, in another order. So what a rank takes is a number among those that it sees
// itself, and what tells GPUs apart is their PCI address.

namespace lanemark {

/// What one rank sees.
struct DeviceView {
  int rank = 0;                   ///< in the launch
  std::vector<std::string> gpus;  ///< PCI addresses (canonical_bus_id) in the order of ordinals
};

/// For each view of a node, in their order, an ordinal in it, such that no GPU goes to more than `most` ranks. Where
/// all see the same, the i-th gets the i-th GPU, and those beyond begin again. Nothing where there is no such
/// assignment, as where a rank sees none. Augmenting paths (Kuhn 1955), with room for `most` ranks at each GPU.
std::optional<std::vector<int>> assign_at_most(std::span<const DeviceView> of_node, int most);

/// The same with a GPU of its own for every rank. Throws UsageError that names two ranks and the GPU they would share,
/// what they see, and the cure.
std::vector<int> assign(std::span<const DeviceView> of_node);

/// The same with as few ranks on a GPU as can be. Throws UsageError where a rank sees none.
std::vector<int> assign_shared(std::span<const DeviceView> of_node);

}  // namespace lanemark
