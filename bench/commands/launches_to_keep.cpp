// SPDX-License-Identifier: MIT

#include "bench/commands/launches_to_keep.hpp"

#include <fmt/format.h>

#include <set>
#include <string>

#include "bench/commands/recorded_command.hpp"
#include "bench/files/standard_streams.hpp"

namespace lanemark {

bool complain_of_wrong_data(const Evidence& evidence) {
  std::set<std::string> said;
  for (const auto& [metric, cases] : evidence.values) {
    for (const auto& [title, values] : cases) {
      for (const std::string& wrong : values.wrong) said.insert(fmt::format("{}: wrong data in {}", title, wrong));
    }
  }
  for (const std::string& one : said) say("{}", one);
  return !said.empty();
}

std::vector<const Metric*> all_metrics() {
  std::vector<const Metric*> all;
  for (const Metric& one : metrics()) all.push_back(&one);
  return all;
}

void keep(Baseline& baseline, Evidence evidence) {
  for (LaunchSummary& launch : evidence.launches) launch.command = command_to_keep(launch.command);
  add(baseline, evidence);
}

void print_line(const Baseline& baseline) {
  const Evidence& evidence = baseline.evidence;
  show_line("{}  {}, {} rank{} a node: {} launches, {} cases, {}", evidence.fingerprint_id,
            machine(evidence.fingerprint), evidence.fingerprint.ranks_per_node,
            evidence.fingerprint.ranks_per_node == 1 ? "" : "s", evidence.launches.size(), evidence.cases.size(),
            baseline.calibrated.empty() ? "not calibrated" : "calibrated " + baseline.calibrated);
}

}  // namespace lanemark
