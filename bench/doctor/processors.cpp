// SPDX-License-Identifier: MIT

#include "bench/doctor/processors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unistd.h>

#include "bench/engine/machine_watch.hpp"
#include "kernels/core/device.hpp"

namespace lanemark {

std::vector<Finding> look_at(const NodeProcessors& node) {
  Findings findings{"host"};
  const int allowed = processors_of_node(node.ranks).value_or(node.online);
  findings.ok(
      fmt::format("{}: {} processors, of which the ranks of a node may use {}", node.model, node.online, allowed));
  const std::optional<double> quota = node.ranks.empty() ? std::nullopt : node.ranks.front().quota;
  if (quota && *quota < node.online) {
    findings.note(fmt::format("the control group's quota is {:.3g} processors: ranks that use more are paused for "
                              "milliseconds, which shows as outliers",
                              *quota),
                  "start the container with a CPU set (docker --cpuset-cpus) rather than a quota (--cpus)");
  }
  if (const std::string crowd = crowding(node.ranks); !crowd.empty()) {
    findings.problem(crowd + ", so that host-side times measure the scheduler",
                     "start fewer ranks a node (mpirun -np, --map-by ppr:N:node), or let them use more processors "
                     "(--bind-to none, taskset, --cpus-per-task)");
  }
  if (const std::string others = disturbance(node.idle); !others.empty()) {
    findings.problem(fmt::format("while the ranks did nothing, {}", others),
                     "stop what else runs here, or measure on a node of your own");
  }
  return findings.take();
}

std::vector<Finding> examine_processors(const World& world) {
  SystemProcessors source;
  NodeProcessors node{.model = properties({DeviceKind::host, 0}).name,
                      .online = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)),
                      .ranks = gather_processors(world, source),
                      .idle = idle_moment(world, source)};
  const int here = world.places()[static_cast<std::size_t>(world.rank())].node;
  std::erase_if(node.ranks, [here](const RankProcessors& one) { return one.node != here; });
  return look_at(node);
}

}  // namespace lanemark
