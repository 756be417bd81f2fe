// SPDX-License-Identifier: MIT

#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace lanemark {

/// Names of the environment variables a launch's record may hold. Exact names: a prefix such as NCCL_ proves nothing
/// about what a site hides behind it.
std::span<const std::string_view> recordable_variables();

/// Those of them that are set in this process.
std::map<std::string, std::string> recorded_environment();

}  // namespace lanemark
