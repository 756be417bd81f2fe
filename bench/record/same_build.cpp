// SPDX-License-Identifier: MIT

#include "bench/record/same_build.hpp"

namespace lanemark {

std::string commit_of(const Versions& versions) {
  const auto found = versions.find("commit");
  return found == versions.end() ? "unknown" : found->second;
}

bool identifies_build(std::string_view commit) {
  return !commit.empty() && commit != "unknown" && !commit.ends_with("-dirty");
}

bool same_build(std::string_view one, std::string_view other) { return one == other && identifies_build(one); }

}  // namespace lanemark
