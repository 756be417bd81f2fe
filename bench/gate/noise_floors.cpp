#include "bench/gate/noise_floors.hpp"

#include <fmt/format.h>

namespace lanemark {

const NoiseFloor* NoiseFloors::find(const Case& what) const {
  if (const auto own = by_case.find(name(what)); own != by_case.end()) return &own->second;
  const auto alike = by_class.find(case_class(what));
  return alike == by_class.end() ? nullptr : &alike->second;
}

void NoiseFloors::replace(const NoiseFloors& newer) {
  for (const auto& [title, floor] : newer.by_case) by_case[title] = floor;
  for (const auto& [of_class, floor] : newer.by_class) by_class[of_class] = floor;
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
  if (what.size != Bytes{}) append(what.size >= large ? "large" : what.size >= medium ? "medium" : "small");
  append(fmt::format("ranks:{}", what.ranks));
  return text;
}

}  // namespace lanemark
