// SPDX-License-Identifier: MIT

#include "bench/record/shared_gpus.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

namespace lanemark {
namespace {

/// Not more than a person reads.
std::string joined(const std::vector<std::string>& texts) {
  constexpr std::size_t most = 8;
  const std::size_t shown = std::min(most, texts.size());
  std::string text = fmt::format("{}", fmt::join(std::span{texts}.first(shown), "; "));
  if (texts.size() > shown) text += fmt::format("; and {} more GPUs are shared", texts.size() - shown);
  return text;
}

/// "0 and 1", "0, 1 and 2".
std::string listed(const std::vector<int>& ranks) {
  const auto all_but_last = std::span{ranks}.first(ranks.size() - 1);
  return fmt::format("{} and {}", fmt::join(all_but_last, ", "), ranks.back());
}

}  // namespace

std::string shared_gpus_text(std::span<const Place> places) {
  const bool nodes = std::ranges::any_of(places, [](const Place& one) { return one.node > 0; });
  std::vector<std::string> texts;
  for (const SharedGpu& one : shared_gpus(places)) {
    texts.push_back(fmt::format("GPU {}{} is shared by ranks {}", one.bus_id,
                                nodes ? fmt::format(" of node {}", one.node) : "", listed(one.ranks)));
  }
  return joined(texts);
}

std::string shared_gpus_text(const std::vector<GpuState>& states) {
  // Two nodes have the same addresses: there are so many such GPUs as the ranks that tell of one fill.
  std::map<std::pair<std::string, int>, int> ranks_telling;
  for (const GpuState& state : states) {
    if (state.shared_by) ++ranks_telling[{state.bus_id, *state.shared_by}];
  }
  std::vector<std::string> texts;
  for (const auto& [gpu, telling] : ranks_telling) {
    const auto& [bus_id, ranks] = gpu;
    const int nodes = telling / ranks;
    texts.push_back(fmt::format("GPU {}{} is shared by {} ranks", bus_id,
                                nodes > 1 ? fmt::format(" of {} nodes", nodes) : "", ranks));
  }
  return joined(texts);
}

}  // namespace lanemark
