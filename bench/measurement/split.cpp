// SPDX-License-Identifier: MIT

#include "bench/measurement/split.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "bench/text/numbers.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// K of "mod:K". Throws UsageError unless it is a number from 1 to `ranks`.
int parameter(std::string_view text, std::string_view number, std::size_t ranks) {
  const int value = whole_number<int>(number).value_or(0);
  if (value < 1 || static_cast<std::size_t>(value) > ranks) {
    throw UsageError(fmt::format("--split {}: the number must be from 1 to the {} ranks", text, ranks));
  }
  return value;
}

std::vector<int> colors_of(std::string_view text, std::span<const Place> places) {
  std::vector<int> colors;
  if (text == "node" || text == "across") {
    for (const Place& place : places) colors.push_back(text == "node" ? place.node : place.local_rank);
    return colors;
  }
  const bool by_remainder = text.starts_with("mod:");
  if (!by_remainder && !text.starts_with("div:")) {
    throw UsageError(fmt::format("unknown split {}; known: node, across, mod:K, div:K", in_quotes(text)));
  }
  const int k = parameter(text, text.substr(4), places.size());
  for (int rank = 0; rank < static_cast<int>(places.size()); ++rank) {
    colors.push_back(by_remainder ? rank % k : rank / k);
  }
  return colors;
}

}  // namespace

std::vector<std::vector<int>> groups_of(const Split& split) {
  std::vector<std::vector<int>> groups;
  std::map<int, std::size_t> group_of_color;
  for (std::size_t rank = 0; rank < split.colors.size(); ++rank) {
    const auto [entry, is_new] = group_of_color.try_emplace(split.colors[rank], groups.size());
    if (is_new) groups.emplace_back();
    groups[entry->second].push_back(static_cast<int>(rank));
  }
  return groups;
}

Split parse_split(std::string_view text, std::span<const Place> places) {
  Split split{.name = std::string{text}, .colors = colors_of(text, places)};
  const std::vector<std::vector<int>> groups = groups_of(split);
  std::vector<std::size_t> sizes;
  sizes.reserve(groups.size());
  for (const std::vector<int>& group : groups) sizes.push_back(group.size());
  if (std::ranges::min(sizes) != std::ranges::max(sizes)) {
    throw UsageError(fmt::format("--split {}: {} ranks fall into groups of {}; choose one whose groups are equal", text,
                                 places.size(), fmt::join(sizes, ", ")));
  }
  split.group_size = static_cast<int>(sizes.front());
  return split;
}

}  // namespace lanemark
