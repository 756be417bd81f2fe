// SPDX-License-Identifier: MIT

#include "collectives/core/collective.hpp"

#include <numeric>

namespace lanemark {

std::size_t CollectiveCall::offset_of(int rank) const {
  if (counts.empty()) return count * static_cast<std::size_t>(rank);
  return std::accumulate(counts.begin(), counts.begin() + rank, std::size_t{0});
}

}  // namespace lanemark
