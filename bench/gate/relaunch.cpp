#include "bench/gate/relaunch.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <string_view>

#include "bench/launch_arguments.hpp"
#include "bench/launcher.hpp"
#include "bench/launches.hpp"
#include "bench/record/environment.hpp"
#include "bench/record/versions.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// "NCCL_ALGO=Ring", "NCCL_PROTO not set", as it was.
std::vector<std::string> changed_variables(const std::map<std::string, std::string>& then,
                                           const std::map<std::string, std::string>& now) {
  std::vector<std::string> changed;
  for (const std::string_view variable : recordable_variables()) {
    if (variable.starts_with("OMPI_")) continue;
    const auto was = then.find(std::string{variable});
    const auto is = now.find(std::string{variable});
    if (was == then.end() && is != now.end()) changed.push_back(fmt::format("{} not set", variable));
    if (was == then.end() || (is != now.end() && is->second == was->second)) continue;
    changed.push_back(fmt::format("{}={}", variable, was->second));
  }
  return changed;
}

/// Less what one launch after another would write over, and with this filter, if there is one, instead of any it had.
std::vector<std::string> adapted(const std::vector<std::string>& arguments, const std::string& filter) {
  constexpr std::array<std::string_view, 2> outputs{"--benchmark_out", "--benchmark_out_format"};
  constexpr std::array<std::string_view, 2> filters{"--filter", "--benchmark_filter"};
  const std::vector<std::string> kept = without(arguments, outputs);
  return filter.empty() ? kept : with(without(kept, filters), {"--filter=" + filter});
}

}  // namespace

LaunchKind kind_of(const LaunchSummary& launch) {
  return {.arguments = shared_arguments(launch.command), .ranks = launch.ranks};
}

void require_the_same(const LaunchSummary& launch) {
  const std::string ours = versions().at("commit");
  const auto found = launch.versions.find("commit");
  const std::string theirs = found == launch.versions.end() ? "unknown" : found->second;
  if (theirs != ours) {
    throw Error(
        fmt::format("launch {} measured commit {}, and this program is of {}; use the program that was measured",
                    launch.launch, theirs, ours));
  }
  const std::vector<std::string> changed = changed_variables(launch.environment, recorded_environment());
  if (changed.empty()) return;
  throw Error(fmt::format("launch {} was measured in another environment ({}); set those variables as they were",
                          launch.launch, fmt::join(changed, ", ")));
}

std::vector<std::filesystem::path> relaunch(const LaunchKind& kind, const RelaunchOptions& options) {
  LaunchPlan plan;
  plan.program = this_program();
  plan.arguments = adapted(kind.arguments, options.filter);
  plan.processes = kind.ranks;
  plan.launches = options.launches;
  plan.results = options.results;
  const LaunchesResult launched = run_launches(plan);
  constexpr int of_signals = 128;
  if (launched.code > of_signals) {
    throw Interrupted(
        fmt::format("{}; nothing is concluded, the records are in {}", launched.stopped, plan.results.string()),
        launched.code);
  }
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

std::filesystem::path beside(const std::filesystem::path& run, const std::string& what) {
  std::error_code status;
  std::filesystem::path folder = std::filesystem::absolute(run).lexically_normal();
  if (!std::filesystem::is_directory(folder, status)) folder = folder.parent_path();
  if (!folder.has_filename()) folder = folder.parent_path();  // "runs/new/"
  return folder.parent_path() / (folder.filename().string() + "-" + what);
}

void require_folder_or_nothing(const std::filesystem::path& results) {
  std::error_code status;
  if (!std::filesystem::exists(results, status) || std::filesystem::is_directory(results, status)) return;
  throw UsageError(fmt::format("--results {}: is a file; name a folder for the records", results.string()));
}

}  // namespace lanemark
