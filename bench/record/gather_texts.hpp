// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <vector>

#include "collectives/core/world.hpp"

namespace lanemark {

/// Every rank's text, by rank, on all ranks. Collective over the world.
std::vector<std::string> gather_texts(const World& world, const std::string& mine);

}  // namespace lanemark
