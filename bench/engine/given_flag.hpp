// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <utility>
#include <vector>

namespace lanemark {

/// What a flag of `run` and `quick` is for, said where it is declared. It decides what becomes of it in launches that
/// lanemark starts itself.
enum class FlagUse {
  measurement,  ///< shapes what is measured: goes to every launch, and may come from a record
  one_launch,   ///< what this launch shows, its data, where it writes: never taken from a record
  launches      ///< starts launches: never handed to one
};

/// CLI11's group of the options of that use, a heading of --help.
constexpr std::pair<FlagUse, const char*> flag_groups[] = {
    {FlagUse::measurement, "Measuring"}, {FlagUse::one_launch, "This launch"}, {FlagUse::launches, "Several launches"}};

constexpr const char* group_of(FlagUse use) {
  for (const auto& [one, heading] : flag_groups) {
    if (one == use) return heading;
  }
  return "";
}

/// A flag that stands on a command line.
struct GivenFlag {
  std::string name;                 ///< its long one, "--root"
  std::vector<std::string> values;  ///< those of a list as one, joined by commas
  FlagUse use = FlagUse::launches;
  std::string suite{};  ///< whose it is; empty for those of all suites
  friend auto operator<=>(const GivenFlag&, const GivenFlag&) = default;
};

}  // namespace lanemark
