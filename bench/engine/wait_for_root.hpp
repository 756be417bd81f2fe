// SPDX-License-Identifier: MIT

#pragma once

#include <functional>

#include "bench/engine/watchdog.hpp"
#include "collectives/core/world.hpp"

namespace lanemark {

/// Waits until all ranks are here, politely. Rank 0 may have come late because a person reads what it shows, so the
/// others are not timed meanwhile; it is, for all of them. Collective.
void wait_for_root(const World& world, Watchdog& watchdog);

/// Rank 0 does `show`, untimed, and hands on all that it has shown; the others wait for it. Collective.
void show_on_root(const World& world, Watchdog& watchdog, const std::function<void()>& show);

}  // namespace lanemark
