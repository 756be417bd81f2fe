// SPDX-License-Identifier: MIT

#include "bench/gate/noise_floors.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lanemark {
namespace {

void take_in(NoiseFloor& of_class, const NoiseFloor& floor) {
  of_class.change = std::max(of_class.change, floor.change);
  of_class.comparisons += floor.comparisons;
}

}  // namespace

const NoiseFloor* NoiseFloors::find(const Case& what) const {
  const auto own = cases_.find(name(what));
  if (own != cases_.end() && own->second.steady) return &own->second;
  const auto alike = classes_.find(case_class(what));
  return alike == classes_.end() ? nullptr : &alike->second;
}

void NoiseFloors::set(const std::string& title, const NoiseFloor& floor) {
  const bool is_new = cases_.insert_or_assign(title, floor).second;
  if (is_new) take_in(classes_[floor.of_class], floor);
  else regroup();
}

void NoiseFloors::merge(const NoiseFloors& newer) {
  for (const auto& [of_class, floor] : newer.classes_) cases_.erase(of_class);
  for (const auto& [title, floor] : newer.cases_) cases_.insert_or_assign(title, floor);
  regroup();
}

void NoiseFloors::regroup() {
  classes_.clear();
  for (const auto& [title, floor] : cases_) take_in(classes_[floor.of_class], floor);
}

std::string case_class(const Case& what) {
  constexpr Bytes large = mebibytes(16);
  constexpr Bytes medium{64 << 10U};
  std::string text = what.operation;
  const auto append = [&text](std::string_view part) {
    if (!part.empty()) text += fmt::format("/{}", part);
  };
  append(what.backend);
  append(what.mode);
  if (what.size) {
    // An operation that moves nothing differs by what calls cost, and messages by more.
    append(*what.size >= large ? "large" : *what.size >= medium ? "medium" : *what.size > Bytes{} ? "small" : "empty");
  }
  append(fmt::format("ranks:{}", what.ranks));
  return text;
}

}  // namespace lanemark
