// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <string>
#include <vector>

namespace lanemark {

/// Where a rank runs: nodes are numbered in the order of their lowest ranks.
struct Place {
  int node = 0;
  int local_rank = 0;
  std::string
      device{};  ///< PCI address of its GPU (canonical_bus_id), which tells GPUs of a node apart; empty: the host
  friend bool operator==(const Place&, const Place&) = default;
};

/// Whether two ranks use one device: the same of one node, as two nodes have the same addresses.
bool share_device(const Place& one, const Place& other);

/// Ranks that use the device of `rank`, itself included.
int sharers(std::span<const Place> places, int rank);

/// Of the device that most ranks use; 0 of no ranks.
int most_sharers(std::span<const Place> places);

/// Devices that the ranks use.
int devices_of(std::span<const Place> places);

/// A GPU that several ranks use.
struct SharedGpu {
  int node = 0;
  std::string bus_id;
  std::vector<int> ranks;  ///< two at least, ascending
};

/// In the order of their lowest ranks. The host is no GPU.
std::vector<SharedGpu> shared_gpus(std::span<const Place> places);

}  // namespace lanemark
