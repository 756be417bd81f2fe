// SPDX-License-Identifier: MIT

#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bench/measurement/measurement.hpp"

namespace lanemark {

/// Measurements that share a heading, in the order in which they were measured.
struct Group {
  std::string key;
  std::vector<Measurement> rows;
};

/// Groups by `key`, in order of first appearance.
template <class Key>
std::vector<Group> group_by(const std::vector<Measurement>& all, Key key) {
  std::vector<Group> groups;
  std::map<std::string, std::size_t> places;
  for (const Measurement& m : all) {
    const auto [place, is_new] = places.try_emplace(key(m), groups.size());
    if (is_new) groups.push_back({place->first, {}});
    groups[place->second].rows.push_back(m);
  }
  return groups;
}

/// Whether `property(m)` is the same for all.
template <class Property>
bool same(const std::vector<Measurement>& rows, Property property) {
  return std::ranges::all_of(
      rows, [&](const Measurement& m) { return std::invoke(property, m) == std::invoke(property, rows.front()); });
}

}  // namespace lanemark
