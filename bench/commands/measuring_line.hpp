// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/commands/google_benchmark_flags.hpp"
#include "bench/engine/cli11_fwd.hpp"
#include "bench/engine/given_flags.hpp"
#include "bench/engine/suite.hpp"
#include "bench/launching/device_choice.hpp"
#include "bench/launching/launch_command.hpp"

// The command lines that measure: of `run`, `quick` and `list`.

namespace lanemark {

/// What the user asked for, as text that is not yet checked against the machine.
struct MeasuringOptions {
  std::vector<std::string> suites;
  DeviceRequest device;
  std::vector<int> ranks;  ///< empty: each suite's own choice
  std::vector<std::string> backends;
  std::string smallest;
  std::string largest;
  std::int64_t factor = 8;
  std::string step;                ///< empty: by the factor
  std::vector<std::string> sizes;  ///< in place of a range; those of the file, once it was read
  std::string sizes_file;          ///< empty: none
  std::string results = "lanemark-results";
  double min_time = 0.2;
  std::int64_t min_samples = 20;
  std::int64_t iterations = 0;          ///< 0: calibrated
  std::optional<std::int64_t> warm_up;  ///< operations; absent: until the time settles
  std::string precision;                ///< "1%", empty: not looked at
  std::string time_budget;              ///< "60s", empty: none
  double timeout = 600;                 ///< seconds, of a case and of each other step; 0: none
  std::uint64_t seed = 1;
  std::string progress = "auto";
  std::string accepted_load;    ///< why other load is no reason against comparing; empty if it is one
  std::string slow_down;        ///< "20%", for tests; empty: not at all
  int processes = 0;            ///< ranks to start, 0 for one a GPU or a few on the CPU
  std::optional<int> launches;  ///< run: start mpirun so often, here; absent: this process is one of a launch
  std::string other_build;      ///< run: the program of the build to alternate with, empty for none
  std::string launch_timeout;   ///< run: "10min", empty: none
  GoogleBenchmarkFlags google_benchmark;
};

/// A suite made for this launch, holding its own options.
struct ChosenSuite {
  const SuiteEntry* entry;
  std::unique_ptr<Suite> suite;
};

enum class Purpose { run, quick, list };

/// What is declared on the command line of such a command, and after the parse, what it was given.
struct MeasuringLine {
  explicit MeasuringLine(Purpose what_for);

  Purpose purpose;
  MeasuringOptions options;
  std::vector<ChosenSuite> suites;  ///< all that are registered, in order of running
  std::vector<GivenFlag> given{};
  FlagOwners owners{};

  [[nodiscard]] bool has(std::string_view flag) const;
};

/// Whether it asks for launches that lanemark starts itself, more than the one that a process under a launcher is.
bool asks_for_launches(const MeasuringOptions& options);

/// What was asked for, less the flags that start launches. Of `run` and `quick` alone.
LaunchCommand launch_command(const MeasuringLine& line);

}  // namespace lanemark
