// SPDX-License-Identifier: MIT

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/engine/suite.hpp"

namespace lanemark {

/// What data crosses on its way, and its limit as far as that is known.
struct Link {
  std::string transport;
  std::optional<Limit> limit;
};

/// Between all ranks of a backend.
Link link_of(const Backend& backend, const SuiteContext& context);
/// Between two ranks.
Link link_between(const Backend& backend, const SuiteContext& context, int from, int to);

/// Places of the first `ranks` ranks; for more than are there, as when listing, one node's.
std::vector<Place> places_of(const World& world, int ranks);

}  // namespace lanemark
