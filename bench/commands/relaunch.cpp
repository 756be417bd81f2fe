// SPDX-License-Identifier: MIT

#include "bench/commands/relaunch.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <string_view>

#include "bench/commands/recorded_command.hpp"
#include "bench/files/linkless_folder.hpp"
#include "bench/files/standard_streams.hpp"
#include "bench/launching/launch_arguments.hpp"
#include "bench/launching/launcher.hpp"
#include "bench/launching/launches.hpp"
#include "bench/launching/process.hpp"
#include "bench/measurement/exit_code.hpp"
#include "bench/record/environment.hpp"
#include "bench/record/same_build.hpp"
#include "bench/record/versions.hpp"
#include "bench/text/quantities.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/device.hpp"
#include "kernels/core/error.hpp"
#include "kernels/host/threads.hpp"

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

/// A record says so much, and it may say anything.
void require_possible(int ranks, const Fingerprint& f) {
  const std::int64_t most_there = std::int64_t{f.nodes} * f.ranks_per_node;
  const std::int64_t fewest_there = std::int64_t{f.nodes} + f.ranks_per_node - 1;  // one on each of the other nodes
  if (ranks < 1 || ranks > most_there || ranks < fewest_there) {
    throw UsageError(fmt::format("the record says {} ranks, and that they ran on {} node{} with up to {} each", ranks,
                                 f.nodes, f.nodes == 1 ? "" : "s", f.ranks_per_node));
  }
  constexpr int on_any_machine = 16;
  constexpr int for_each_processor = 4;
  const int processors = allowed_processors();
  if (const int most = std::max(on_any_machine, for_each_processor * processors); ranks > most) {
    throw UsageError(fmt::format(
        "the record is of {} ranks, and this machine with {} processor{} starts at most {} by a record; start them by "
        "a command of your own",
        ranks, processors, processors == 1 ? "" : "s", most));
  }
  if (f.gpus == 0) return;
  if (const int gpus = device_count(DeviceKind::cuda); f.nodes == 1 && f.gpus > gpus) {
    throw UsageError(fmt::format("the record is of {} ranks on {} GPUs, and this machine has {}", ranks, f.gpus, gpus));
  }
}

/// As a shell would take it.
std::string quoted(const std::string& word) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/%@";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string all = "'";
  for (const char c : word) all += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return all + "'";
}

}  // namespace

std::string command_to_show(const std::vector<std::string>& words) {
  constexpr std::size_t of_a_word = 200;  // so that the name of a flag is always seen
  constexpr std::size_t most = 20'000;
  std::string text;
  for (std::size_t i = 0; i < words.size();) {
    std::size_t end = i;
    while (end < words.size() && words[end] == words[i]) ++end;
    text += ' ' + shown(quoted(words[i]), of_a_word);
    if (end - i > 1) text += fmt::format(" ({} times)", end - i);
    i = end;
  }
  if (text.size() <= most) return text;
  throw UsageError(fmt::format(
      "the record's command has {} words, too many to be shown before they run; measure by a command of your own",
      words.size()));
}

namespace {

/// What its first launch is told.
void announce(const LaunchPlan& plan) {
  const std::vector<std::string> command =
      mpirun_command(plan.mpirun, plan.processes, plan.program, launch_arguments(plan.arguments, plan.results, 1));
  say("by the records' command, {} launch{} of at most {} each:{}", plan.launches, plan.launches == 1 ? "" : "es",
      clock_figure(plan.timeout), command_to_show(command));
}

/// Why not one of these left a whole record.
std::string why_none(const LaunchesResult& launched, const LaunchPlan& plan) {
  const auto late = std::ranges::count_if(launched.launches, [](const auto& one) { return one.process.timed_out; });
  if (late > 0) {
    return fmt::format("{} launch{} ran past the time limit of {} and {} ended; --relaunch-timeout sets another", late,
                       late == 1 ? "" : "es", clock_figure(plan.timeout), late == 1 ? "was" : "were");
  }
  return launched.stopped.empty() ? "no launch left a whole record" : launched.stopped;
}

}  // namespace

LaunchKind kind_of(const LaunchSummary& launch, const Fingerprint& fingerprint) {
  require_possible(launch.ranks, fingerprint);
  return {.command = recorded_command(launch.command), .ranks = launch.ranks};
}

void require_the_same(const LaunchSummary& launch) {
  const std::string ours = commit_of(versions());
  const std::string theirs = commit_of(launch.versions);
  if (!same_build(theirs, ours)) {
    throw UsageError(fmt::format(
        "launch {} measured commit {}, and this program is of {}; {}", shown(launch.launch), shown(theirs), ours,
        identifies_build(theirs) && identifies_build(ours) ? "use the program that was measured" : no_commit_cure));
  }
  const std::vector<std::string> changed = changed_variables(launch.environment, recorded_environment());
  if (changed.empty()) return;
  throw UsageError(fmt::format("launch {} was measured in another environment ({}); set those variables as they were",
                               shown(launch.launch), shown(fmt::format("{}", fmt::join(changed, ", ")))));
}

Seconds relaunch_timeout(const std::string& given, std::span<const LaunchSummary> launches) {
  if (!given.empty()) return parse_duration(given);
  constexpr Seconds least{60};
  constexpr Seconds most = std::chrono::days{1};
  constexpr double patience = 10;
  Seconds longest{0};
  for (const LaunchSummary& one : launches) longest = std::max(longest, one.took);
  return std::clamp(patience * longest, least, most);
}

std::vector<std::filesystem::path> relaunch(const LaunchKind& kind, const RelaunchOptions& options) {
  LaunchPlan plan;
  plan.program = this_program();
  plan.arguments = words(options.filter.empty() ? kind.command : with_filter(kind.command, options.filter));
  plan.processes = kind.ranks;
  plan.launches = options.launches;
  plan.results = options.results;
  plan.timeout = options.timeout;
  plan.timeout_flag = "--relaunch-timeout";
  announce(plan);
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
  throw NoRelaunch(fmt::format("{}; see the logs in {}", why_none(launched, plan), plan.results.string()),
                   static_cast<ExitCode>(launched.code));
}

std::filesystem::path beside(const std::filesystem::path& run, const std::string& what) {
  std::error_code status;
  std::filesystem::path folder = std::filesystem::absolute(run).lexically_normal();
  if (!std::filesystem::is_directory(folder, status)) folder = folder.parent_path();
  if (!folder.has_filename()) folder = folder.parent_path();  // "runs/new/"
  return folder.parent_path() / (folder.filename().string() + "-" + what);
}

std::filesystem::path results_beside(const std::string& given, const std::filesystem::path& run,
                                     const std::string& what) {
  if (!given.empty()) {
    require_folder_or_nothing(given);
    return given;
  }
  std::filesystem::path own = beside(run, what);
  require_folder_or_nothing(own);
  static_cast<void>(open_linkless(own));
  return own;
}

void require_folder_or_nothing(const std::filesystem::path& results) {
  std::error_code status;
  if (!std::filesystem::exists(results, status) || std::filesystem::is_directory(results, status)) return;
  throw UsageError(fmt::format("--results {}: is a file; name a folder for the records", results.string()));
}

}  // namespace lanemark
