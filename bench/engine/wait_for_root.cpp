// SPDX-License-Identifier: MIT

#include "bench/engine/wait_for_root.hpp"

#include <optional>

#include "bench/files/standard_streams.hpp"

namespace lanemark {

void wait_for_root(const World& world, Watchdog& watchdog) {
  std::optional<Watchdog::Rest> until_root_comes;
  if (!world.is_root()) until_root_comes.emplace(watchdog);
  world.wait_politely();
}

void show_on_root(const World& world, Watchdog& watchdog, const std::function<void()>& show) {
  if (world.is_root()) {
    const Watchdog::Rest while_a_person_reads{watchdog};
    show();
    static_cast<void>(end_of_output());
  }
  wait_for_root(world, watchdog);
}

}  // namespace lanemark
