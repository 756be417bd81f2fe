#include "bench/gate/relaunch.hpp"

#include <fmt/format.h>

#include "bench/launch_arguments.hpp"
#include "bench/launcher.hpp"
#include "bench/launches.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// The arguments with this filter instead of any they had.
std::vector<std::string> filtered(const std::vector<std::string>& arguments, const std::string& filter) {
  std::vector<std::string> words;
  for (auto word = arguments.begin(); word != arguments.end(); ++word) {
    if (*word == "--filter") {
      if (word + 1 != arguments.end()) ++word;
    } else if (!word->starts_with("--filter=") && !word->starts_with("--benchmark_filter=")) {
      words.push_back(*word);
    }
  }
  words.push_back("--filter=" + filter);
  return words;
}

}  // namespace

LaunchKind kind_of(const LaunchSummary& launch) {
  return {.arguments = shared_arguments(launch.command), .ranks = launch.ranks};
}

std::vector<std::filesystem::path> relaunch(const LaunchKind& kind, const RelaunchOptions& options) {
  LaunchPlan plan;
  plan.program = this_program();
  plan.arguments = options.filter.empty() ? kind.arguments : filtered(kind.arguments, options.filter);
  plan.processes = kind.ranks;
  plan.launches = options.launches;
  plan.results = options.results;
  const LaunchesResult launched = run_launches(plan);
  std::vector<std::filesystem::path> records;
  for (const LaunchOutcome& one : launched.launches) {
    const bool whole = one.code == static_cast<int>(ExitCode::ok) || one.code == static_cast<int>(ExitCode::wrong_data);
    if (!one.record.empty() && whole) records.push_back(one.record);
  }
  if (!records.empty()) return records;
  throw Error(fmt::format("{}; see the logs in {}",
                          launched.stopped.empty() ? "no launch left a whole record" : launched.stopped,
                          plan.results.string()));
}

std::filesystem::path beside(const std::filesystem::path& record, const std::string& what) {
  const std::filesystem::path folder = std::filesystem::absolute(record).parent_path();
  return folder.parent_path() / (folder.filename().string() + "-" + what);
}

}  // namespace lanemark
