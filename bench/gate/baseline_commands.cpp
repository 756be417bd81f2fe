#include "bench/gate/baseline_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <set>
#include <span>

#include "bench/gate/baseline_folder.hpp"
#include "bench/gate/calibration.hpp"
#include "bench/gate/evidence.hpp"
#include "bench/gate/relaunch.hpp"
#include "bench/record/versions.hpp"
#include "bench/statistics/quantile.hpp"

namespace lanemark {
namespace {

std::vector<Baseline> chosen(const BaselineFolder& folder, const BaselineOptions& options) {
  std::vector<Baseline> all;
  for (const std::string& id : folder.ids()) {
    if (id.starts_with(options.fingerprint_id)) all.push_back(*folder.find(id));
  }
  if (all.empty()) {
    throw UsageError(fmt::format("no baseline{} in {}; lanemark baseline add makes one",
                                 options.fingerprint_id.empty() ? "" : " " + options.fingerprint_id,
                                 options.baselines));
  }
  return all;
}

void print_line(const Baseline& baseline) {
  const Evidence& evidence = baseline.evidence;
  fmt::print("{}  {}, {} rank{} a node: {} launches, {} cases, {}\n", evidence.fingerprint_id,
             machine(evidence.fingerprint), evidence.fingerprint.ranks_per_node,
             evidence.fingerprint.ranks_per_node == 1 ? "" : "s", evidence.launches.size(), evidence.cases.size(),
             baseline.calibrated.empty() ? "not calibrated" : "calibrated " + baseline.calibrated);
}

/// Records of more launches like those of these.
std::vector<std::filesystem::path> measured_again(std::span<const std::filesystem::path> files,
                                                  const CalibrateOptions& options) {
  const std::string commit = versions().at("commit");
  std::set<LaunchKind> kinds;
  for (const Evidence& evidence : gather(files, {})) {
    for (const LaunchSummary& launch : evidence.launches) {
      const auto theirs = launch.versions.find("commit");
      if (theirs == launch.versions.end() || theirs->second != commit) {
        throw UsageError(fmt::format("--launches: {} is of commit {}, this program of {}; give records of this one",
                                     launch.file, theirs == launch.versions.end() ? "unknown" : theirs->second,
                                     commit));
      }
      kinds.insert(kind_of(launch));
    }
  }
  const std::filesystem::path results{options.results.empty() ? beside(files.front(), "calibrate").string()
                                                              : options.results};
  std::vector<std::filesystem::path> records;
  for (const LaunchKind& kind : kinds) {
    std::ranges::move(relaunch(kind, {.launches = options.launches, .results = results}), std::back_inserter(records));
  }
  return records;
}

std::vector<const Metric*> all_metrics() {
  std::vector<const Metric*> all;
  for (const Metric& one : metrics()) all.push_back(&one);
  return all;
}

}  // namespace

ExitCode baseline_add_command(const BaselineOptions& options) {
  const BaselineFolder folder{options.baselines};
  const std::vector<const Metric*> all = all_metrics();
  for (const Evidence& evidence : gather(record_files(options.files), all)) {
    Baseline baseline = folder.find(evidence.fingerprint_id).value_or(Baseline{});
    const std::size_t before = baseline.evidence.launches.size();
    for (const LaunchSummary& launch : evidence.launches) {
      if (!launch.counts()) fmt::print(stderr, "lanemark: {} is left out: {}\n", launch.file, launch.excluded);
    }
    add(baseline, evidence);
    if (baseline.evidence.launches.empty()) continue;
    folder.put(baseline);
    fmt::print("{} launch{} added\n", baseline.evidence.launches.size() - before,
               baseline.evidence.launches.size() - before == 1 ? "" : "es");
    print_line(baseline);
  }
  return ExitCode::ok;
}

ExitCode baseline_list_command(const BaselineOptions& options) {
  for (const Baseline& baseline : chosen(BaselineFolder{options.baselines}, options)) print_line(baseline);
  return ExitCode::ok;
}

ExitCode baseline_show_command(const BaselineOptions& options) {
  for (const Baseline& baseline : chosen(BaselineFolder{options.baselines}, options)) {
    print_line(baseline);
    for (const LaunchSummary& launch : baseline.evidence.launches) {
      const auto commit = launch.versions.find("commit");
      fmt::print("  launch {}  {}  commit {}\n", launch.launch, launch.started,
                 commit == launch.versions.end() ? "unknown" : commit->second);
    }
    for (const auto& [of_class, floor] : baseline.noise) {
      fmt::print("  noise {:.2f} %  {} ({} comparisons)\n", 100 * floor.change, of_class, floor.comparisons);
    }
    const auto times = baseline.evidence.values.find("time");
    if (times == baseline.evidence.values.end()) continue;
    for (const auto& [title, values] : times->second) {
      const std::vector<double> medians = values.values();
      if (medians.empty()) continue;
      fmt::print("  {:>12}  {} ({} launches)\n", value_figure(metric("time"), median(medians)), title, medians.size());
    }
  }
  return ExitCode::ok;
}

ExitCode baseline_prune_command(const BaselineOptions& options) {
  const BaselineFolder folder{options.baselines};
  if (options.keep < 1) throw UsageError("--keep must be at least 1");
  for (Baseline& baseline : chosen(folder, options)) {
    const std::size_t before = baseline.evidence.launches.size();
    keep_latest(baseline, options.keep);
    folder.put(baseline);
    fmt::print("{} launches dropped\n", before - baseline.evidence.launches.size());
    print_line(baseline);
  }
  return ExitCode::ok;
}

ExitCode calibrate_command(const CalibrateOptions& options) {
  if (options.window < 2) throw UsageError("--window must be at least 2 launches");
  const BaselineFolder folder{options.baselines};
  const std::vector<const Metric*> all = all_metrics();
  std::vector<std::filesystem::path> files = record_files(options.files);
  if (options.launches > 0) std::ranges::move(measured_again(files, options), std::back_inserter(files));
  for (const Evidence& evidence : gather(files, all)) {
    Baseline baseline = folder.find(evidence.fingerprint_id).value_or(Baseline{});
    baseline.noise = noise_floors(evidence, {.launches = static_cast<std::size_t>(options.window)});
    baseline.calibrated = utc_now();
    if (baseline.evidence.launches.empty()) add(baseline, evidence);
    folder.put(baseline);
    print_line(baseline);
    for (const auto& [of_class, floor] : baseline.noise) {
      fmt::print("  {:.2f} %  {} ({} comparisons)\n", 100 * floor.change, of_class, floor.comparisons);
    }
  }
  return ExitCode::ok;
}

}  // namespace lanemark
