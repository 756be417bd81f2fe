// SPDX-License-Identifier: MIT

#include "bench/commands/baseline_flags.hpp"

#include <CLI/CLI.hpp>

namespace lanemark {

void add_baselines_option(CLI::App& app, std::string& folder) {
  app.add_option("--baselines", folder, "folder of baselines")->capture_default_str();
}

CLI::Option* add_relaunch_timeout(CLI::App& app, std::string& timeout) {
  return app.add_option("--relaunch-timeout", timeout,
                        "ends such a launch that takes longer, e.g. 30min [10 times the records' longest; 1min at "
                        "least, 24h at most]");
}

}  // namespace lanemark
