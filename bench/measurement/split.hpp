// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collectives/core/world.hpp"

namespace lanemark {

/// Disjoint groups of ranks that run at once, of equal size.
struct Split {
  std::string name;         ///< as the user wrote it
  std::vector<int> colors;  ///< of each rank; equal ones form a group
  int group_size = 1;
};

/// `node`: the ranks of each node; `across`: one rank of each node, by local rank; `mod:K`: every Kth rank; `div:K`:
/// blocks of K. Throws UsageError for another text, for K out of range and where groups would differ in size, as no
/// single row could say what was measured.
Split parse_split(std::string_view text, std::span<const Place> places);

/// The ranks of each group, in order of their lowest ranks.
std::vector<std::vector<int>> groups_of(const Split& split);

}  // namespace lanemark
