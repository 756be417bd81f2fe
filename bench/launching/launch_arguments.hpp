// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lanemark {

/// The command line of one launch; `shared` is that of all, as `words` makes it.
std::vector<std::string> launch_arguments(std::vector<std::string> shared, const std::filesystem::path& results,
                                          std::uint64_t seed);

}  // namespace lanemark
