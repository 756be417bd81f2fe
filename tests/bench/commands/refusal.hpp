// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <vector>

#include "bench/commands/command.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {

/// What the program says of a command line that it refuses; empty where it takes it.
inline std::string refusal(const std::vector<std::string>& arguments) {
  try {
    parse_command_line(arguments);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace lanemark
