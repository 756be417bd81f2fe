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
#include "bench/record/launch.hpp"
#include "bench/report/gate/characters.hpp"
#include "bench/statistics/quantile.hpp"

namespace lanemark {
namespace {

struct Chosen {
  std::vector<Baseline> baselines;
  ExitCode code = ExitCode::ok;  ///< usage where some could not be read
};

[[noreturn]] void refuse_nothing_there(const BaselineOptions& options) {
  throw UsageError(fmt::format("no baseline{} in {}; lanemark baseline add makes one",
                               options.fingerprint_id.empty() ? "" : " " + options.fingerprint_id, options.baselines));
}

Chosen chosen(const BaselineFolder& folder, const BaselineOptions& options) {
  Chosen all;
  for (const std::string& id : folder.ids()) {
    if (!id.starts_with(options.fingerprint_id)) continue;
    try {
      all.baselines.push_back(folder.find(id).value());
    } catch (const UsageError& error) {
      fmt::print(stderr, "lanemark: {}\n", error.what());
      all.code = ExitCode::usage;
    }
  }
  if (all.baselines.empty() && all.code == ExitCode::ok) refuse_nothing_there(options);
  return all;
}

/// Names the wrong data among the launches. Whether there was any.
bool complain_of_wrong_data(const Evidence& evidence) {
  std::set<std::string> said;
  for (const auto& [metric, cases] : evidence.values) {
    for (const auto& [title, values] : cases) {
      for (const std::string& wrong : values.wrong) said.insert(fmt::format("{}: wrong data in {}", title, wrong));
    }
  }
  for (const std::string& one : said) fmt::print(stderr, "lanemark: {}\n", one_line(one));
  return !said.empty();
}

void print_line(const Baseline& baseline) {
  const Evidence& evidence = baseline.evidence;
  fmt::print("{}  {}, {} rank{} a node: {} launches, {} cases, {}\n", evidence.fingerprint_id,
             one_line(machine(evidence.fingerprint)), evidence.fingerprint.ranks_per_node,
             evidence.fingerprint.ranks_per_node == 1 ? "" : "s", evidence.launches.size(), evidence.cases.size(),
             baseline.calibrated.empty() ? "not calibrated" : "calibrated " + one_line(baseline.calibrated));
}

/// Records of more launches like those of these.
std::vector<std::filesystem::path> measured_again(std::span<const std::filesystem::path> files,
                                                  const CalibrateOptions& options) {
  std::set<LaunchKind> kinds;
  for (const Evidence& evidence : gather(files, {})) {
    for (const LaunchSummary& launch : evidence.launches) {
      try {
        require_the_same(launch);
      } catch (const Error& error) {
        throw UsageError(fmt::format("--launches: {}", error.what()));
      }
      kinds.insert(kind_of(launch));
    }
  }
  const std::filesystem::path results =
      options.results.empty() ? beside(options.files.front(), "calibrate") : std::filesystem::path{options.results};
  require_folder_or_nothing(results);
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
  bool wrong = false;
  bool any = false;
  for (const Evidence& evidence : gather(record_files(options.files), all)) {
    wrong = complain_of_wrong_data(evidence) || wrong;
    for (const LaunchSummary& launch : evidence.launches) {
      if (!launch.counts())
        fmt::print(stderr, "lanemark: {} is left out: {}\n", launch.file, one_line(launch.excluded));
    }
    if (evidence.counted() == 0) continue;
    any = true;
    const BaselineFolder::Lock lock = folder.lock();
    Baseline baseline = folder.find(evidence.fingerprint_id).value_or(Baseline{});
    const std::size_t before = baseline.evidence.launches.size();
    add(baseline, evidence);
    folder.put(baseline);
    fmt::print("{} launch{} added\n", baseline.evidence.launches.size() - before,
               baseline.evidence.launches.size() - before == 1 ? "" : "es");
    print_line(baseline);
  }
  if (wrong) return ExitCode::wrong_data;
  return any ? ExitCode::ok : ExitCode::incomplete;
}

ExitCode baseline_list_command(const BaselineOptions& options) {
  const Chosen all = chosen(BaselineFolder{options.baselines}, options);
  for (const Baseline& baseline : all.baselines) print_line(baseline);
  return all.code;
}

ExitCode baseline_show_command(const BaselineOptions& options) {
  const Chosen all = chosen(BaselineFolder{options.baselines}, options);
  for (const Baseline& baseline : all.baselines) {
    print_line(baseline);
    for (const LaunchSummary& launch : baseline.evidence.launches) {
      const auto commit = launch.versions.find("commit");
      fmt::print("  launch {}  {}  commit {}\n", one_line(launch.launch), one_line(launch.started),
                 commit == launch.versions.end() ? "unknown" : one_line(commit->second));
    }
    for (const auto& [of_class, floor] : baseline.noise.classes()) {
      fmt::print("  noise {:.2f} %  {} ({} comparisons)\n", 100 * floor.change, one_line(of_class), floor.comparisons);
    }
    const auto times = baseline.evidence.values.find("time");
    if (times == baseline.evidence.values.end()) continue;
    for (const auto& [title, values] : times->second) {
      const std::vector<double> medians = values.values();
      if (medians.empty()) continue;
      const auto floor = baseline.noise.cases().find(title);
      const bool own = floor != baseline.noise.cases().end() && floor->second.steady;
      const std::string noise = own ? fmt::format(", noise {:.2f} %", 100 * floor->second.change) : "";
      fmt::print("  {:>12}  {} ({} launches{})\n", value_figure(metric("time"), median(medians)), one_line(title),
                 medians.size(), noise);
    }
  }
  return all.code;
}

ExitCode baseline_prune_command(const BaselineOptions& options) {
  const BaselineFolder folder{options.baselines};
  if (options.keep < 1) throw UsageError("--keep must be at least 1");
  if (folder.ids().empty()) refuse_nothing_there(options);  // the lock makes the folder where there is none
  const BaselineFolder::Lock lock = folder.lock();
  Chosen all = chosen(folder, options);
  for (Baseline& baseline : all.baselines) {
    const std::size_t before = baseline.evidence.launches.size();
    keep_latest(baseline, static_cast<std::size_t>(options.keep));
    folder.put(baseline);
    fmt::print("{} launches dropped\n", before - baseline.evidence.launches.size());
    print_line(baseline);
  }
  return all.code;
}

ExitCode calibrate_command(const CalibrateOptions& options) {
  if (options.window < 2) throw UsageError("--window must be at least 2 launches");
  const BaselineFolder folder{options.baselines};
  const std::vector<const Metric*> all = all_metrics();
  std::vector<std::filesystem::path> files = record_files(options.files);
  static_cast<void>(folder.lock());  // before anything is measured
  if (options.launches > 0) std::ranges::move(measured_again(files, options), std::back_inserter(files));
  bool wrong = false;
  for (const Evidence& evidence : gather(files, all)) {
    if (complain_of_wrong_data(evidence)) {
      wrong = true;
      continue;
    }
    const NoiseFloors floors = noise_floors(evidence, {.launches = static_cast<std::size_t>(options.window)});
    const BaselineFolder::Lock lock = folder.lock();
    Baseline baseline = folder.find(evidence.fingerprint_id).value_or(Baseline{});
    baseline.noise.merge(floors);
    baseline.calibrated = utc_now();
    if (baseline.evidence.launches.empty()) add(baseline, evidence);
    folder.put(baseline);
    print_line(baseline);
    const bool steady = std::ranges::all_of(floors.cases(), [](const auto& one) { return one.second.steady; });
    for (const auto& [of, floor] : steady ? floors.cases() : floors.classes()) {
      fmt::print("  {:.2f} %  {} ({} comparisons)\n", 100 * floor.change, one_line(of), floor.comparisons);
    }
    if (!steady) {
      fmt::print("  of classes of cases; from {} launches on each case has a floor of its own\n", 3 * options.window);
    }
  }
  return wrong ? ExitCode::wrong_data : ExitCode::ok;
}

}  // namespace lanemark
