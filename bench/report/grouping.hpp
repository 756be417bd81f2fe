#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bench/measurement.hpp"

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
  for (const Measurement& m : all) {
    std::string of_this = key(m);
    auto found = std::ranges::find(groups, of_this, &Group::key);
    if (found == groups.end()) found = groups.insert(groups.end(), Group{std::move(of_this), {}});
    found->rows.push_back(m);
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
