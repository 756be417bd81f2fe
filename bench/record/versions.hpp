// SPDX-License-Identifier: MIT

#pragma once

#include <map>
#include <string>
#include <string_view>

namespace lanemark {

/// Software by name, e.g. {"nccl", "2.28.3"}: recorded with a launch, never part of the fingerprint.
using Versions = std::map<std::string, std::string>;

/// One piece of software; what it belongs to registers it.
struct VersionSource {
  std::string_view name;
  std::string (*read)();  ///< "" where there is none
};

/// Of this process.
Versions versions();

}  // namespace lanemark
