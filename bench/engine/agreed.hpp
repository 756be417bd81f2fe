// SPDX-License-Identifier: MIT

#pragma once

#include <functional>

#include "collectives/core/world.hpp"

namespace lanemark {

/// Throws the first rank's UsageError on all ranks if `work` throws one on any. Collective.
void agreed(const World& world, const std::function<void()>& work);

}  // namespace lanemark
