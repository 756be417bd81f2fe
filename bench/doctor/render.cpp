// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "bench/doctor/doctor.hpp"
#include "bench/report/table.hpp"
#include "bench/text/characters.hpp"

namespace lanemark {
namespace {

constexpr std::size_t page_width = 120;
constexpr std::string_view indent = "            ";
constexpr std::array<std::string_view, 3> marks{"ok", "note", "PROBLEM"};

struct Shared {
  Finding finding;
  std::vector<std::size_t> nodes;
};

/// Equal findings of several nodes once, in the order of the first node that has them.
std::vector<Shared> merge(const std::vector<std::vector<Finding>>& by_node) {
  std::vector<Shared> merged;
  for (std::size_t node = 0; node < by_node.size(); ++node) {
    for (const Finding& one : by_node[node]) {
      auto found = std::ranges::find(merged, one, &Shared::finding);
      if (found == merged.end()) found = merged.insert(merged.end(), Shared{one, {}});
      if (found->nodes.empty() || found->nodes.back() != node) found->nodes.push_back(node);
    }
  }
  return merged;
}

std::string lines(const Shared& shared, std::size_t nodes) {
  const Finding& finding = shared.finding;
  std::string text = finding.text;
  if (shared.nodes.size() < nodes) text += fmt::format(" (node {})", fmt::join(shared.nodes, ", "));
  const std::string_view mark = marks.at(static_cast<std::size_t>(finding.level));
  std::string block = wrap(one_line(text), page_width, indent);
  block.replace(0, indent.size(), fmt::format("  {:<{}}", mark, indent.size() - 2));
  if (!finding.cure.empty()) block += wrap(one_line("cure: " + finding.cure), page_width, indent);
  return block;
}

}  // namespace

Diagnosis render(const std::vector<std::vector<Finding>>& by_node) {
  std::vector<Shared> merged = merge(by_node);
  Diagnosis diagnosis;
  while (!merged.empty()) {
    const std::string part = merged.front().finding.part;
    diagnosis.text += part + '\n';
    const auto rest =
        std::ranges::stable_partition(merged, [&part](const Shared& shared) { return shared.finding.part == part; });
    for (auto shared = merged.begin(); shared != rest.begin(); ++shared) {
      diagnosis.text += lines(*shared, by_node.size());
      if (shared->finding.level == Finding::Level::problem) ++diagnosis.problems;
    }
    merged.erase(merged.begin(), rest.begin());
  }
  diagnosis.text += diagnosis.problems == 0
                        ? "no problems found\n"
                        : fmt::format("{} problem{} found\n", diagnosis.problems, diagnosis.problems == 1 ? "" : "s");
  return diagnosis;
}

}  // namespace lanemark
