// SPDX-License-Identifier: MIT

#pragma once

#include <string>

#include "bench/engine/cli11_fwd.hpp"

namespace lanemark {

/// --baselines, of every command that looks at some.
void add_baselines_option(CLI::App& app, std::string& folder);

/// --relaunch-timeout, of those that measure again.
CLI::Option* add_relaunch_timeout(CLI::App& app, std::string& timeout);

}  // namespace lanemark
