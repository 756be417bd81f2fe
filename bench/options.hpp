#pragma once

#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/gate/baseline_commands.hpp"
#include "bench/gate/comparison_commands.hpp"
#include "bench/gate/history.hpp"
#include "bench/google_benchmark.hpp"
#include "bench/progress.hpp"
#include "bench/runner.hpp"
#include "bench/suite.hpp"

namespace lanemark {

enum class Command {
  run,
  quick,
  list,
  doctor,
  report,
  history,
  gate,
  compare,
  baseline_add,
  baseline_list,
  baseline_show,
  baseline_prune,
  calibrate
};

/// What the user asked for, as text that is not yet checked against the machine.
struct Options {
  Command command = Command::run;
  std::vector<std::string> suites;
  std::string device;      ///< empty: cuda where there is a GPU
  std::vector<int> ranks;  ///< empty: each suite's own choice
  std::vector<std::string> backends;
  std::string smallest;
  std::string largest;
  std::int64_t factor = 8;
  std::string results = "lanemark-results";
  double min_time = 0.2;
  std::int64_t min_samples = 20;
  std::int64_t iterations = 0;          ///< 0: calibrated
  std::optional<std::int64_t> warm_up;  ///< operations; absent: until the time settles
  std::string precision;                ///< "1%", empty: not looked at
  std::string time_budget;              ///< "60s", empty: none
  double timeout = 600;
  std::uint64_t seed = 1;
  std::string progress = "auto";
  std::string slow_down;           ///< "20%", for tests; empty: not at all
  int processes = 0;               ///< ranks to start, 0 for one a GPU or a few on the CPU
  std::optional<int> launches;     ///< run: start mpirun so often, here; absent: this process is one of a launch
  std::string other_build;         ///< run: the program of the build to alternate with, empty for none
  std::string launch_timeout;      ///< run: "10min", empty: none
  std::vector<std::string> files;  ///< report
  std::string format = "text";
  HistoryOptions history;
  GateCommandOptions gate;
  CompareOptions compare;
  BaselineOptions baseline;
  CalibrateOptions calibrate;
  GoogleBenchmarkFlags google_benchmark;
};

/// "1%" or "0.01" as 0.01. Throws UsageError, which calls it `what`, unless it is above 0 and at most 1.
double parse_share(std::string_view text, std::string_view what = "share");
/// "60s", "2min", "500ms" or plain seconds. Throws UsageError unless it is above 0.
Seconds parse_duration(std::string_view text);

/// A suite made for this launch, holding its own options.
struct ChosenSuite {
  const SuiteEntry* entry;
  std::unique_ptr<Suite> suite;
};

struct ParsedCommandLine {
  Options options;
  std::vector<ChosenSuite> suites;  ///< all that are registered, in order of running
};

/// Text to print instead of running: help or the version.
class ShowText : public std::exception {
 public:
  explicit ShowText(std::string text) : text_{std::move(text)} {}
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// `arguments` without the program's name. Throws UsageError, and ShowText for --help and --version.
ParsedCommandLine parse_command_line(std::vector<std::string> arguments);

}  // namespace lanemark
