// SPDX-License-Identifier: MIT

#include "bench/launching/launch_arguments.hpp"

#include <fmt/format.h>

namespace lanemark {

std::vector<std::string> launch_arguments(std::vector<std::string> shared, const std::filesystem::path& results,
                                          std::uint64_t seed) {
  shared.push_back("--results=" + results.string());
  shared.push_back(fmt::format("--seed={}", seed));
  return shared;
}

}  // namespace lanemark
