// SPDX-License-Identifier: MIT

#include "bench/gate/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <iterator>
#include <optional>
#include <thread>

#include "bench/files/standard_streams.hpp"
#include "bench/gate/distinct_machines.hpp"
#include "bench/measurement/exit_code.hpp"
#include "bench/measurement/nothing_measured.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// A case as one launch saw it.
struct Seen {
  Case what;
  std::vector<std::vector<double>> values;  ///< by metric, those of the repetitions
  std::string wrong, skipped;
  std::string disturbed;  ///< why the values are not the machine's own
};

struct ReadLaunch {
  LaunchSummary summary;
  Fingerprint fingerprint;
  std::string fingerprint_id;
  std::map<std::string, Seen> cases;
};

/// What others disturbed is as if it had been left out, and says why.
void leave_out_disturbed(std::map<std::string, Seen>& cases) {
  for (auto& [title, seen] : cases) {
    if (seen.disturbed.empty()) continue;
    for (std::vector<double>& values : seen.values) values.clear();
    seen.skipped = std::move(seen.disturbed);
  }
}

ReadLaunch read(const std::filesystem::path& file, std::span<const Metric* const> metrics) {
  ReadLaunch result;
  bool empty = true;
  const LaunchOutline outline = read_launch(file, [&](Measurement&& m) {
    Seen& seen = result.cases.try_emplace(name(m.what)).first->second;
    seen.values.resize(metrics.size());
    empty = empty && exit_code_of({&m, 1}) == ExitCode::incomplete;
    if (m.verdict.kind == Verdict::Kind::wrong) {
      seen.wrong = m.verdict.detail.empty() ? "wrong data" : m.verdict.detail;
    } else if (!measured(m)) {
      seen.skipped = m.skipped.empty() ? "it has no samples" : m.skipped;
    } else {
      if (seen.disturbed.empty()) seen.disturbed = disturbance(m);
      for (std::size_t i = 0; i < metrics.size(); ++i) {
        if (const std::optional<double> value = metrics[i]->of(m)) seen.values[i].push_back(*value);
      }
    }
    seen.what = std::move(m.what);
  });
  const LaunchHeader& header = outline.launch.header;
  result.summary = {.launch = header.launch,
                    .started = header.started,
                    .took = duration(outline.launch),
                    .file = file.string(),
                    .ranks = header.ranks,
                    .command = header.command,
                    .versions = header.versions,
                    .environment = header.environment,
                    .excluded = why_excluded(outline.launch, outline.complete),
                    .accepted = accepted_load(outline.launch),
                    .empty = empty};
  if (header.accepted_load.empty()) leave_out_disturbed(result.cases);
  result.fingerprint = header.fingerprint;
  result.fingerprint_id = header.fingerprint_id;
  return result;
}

/// Files are read side by side: parsing them is most of a gate's time.
std::vector<ReadLaunch> read_all(std::span<const std::filesystem::path> files, std::span<const Metric* const> metrics) {
  std::vector<std::optional<ReadLaunch>> launches(files.size());
  std::vector<std::exception_ptr> failures(files.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < files.size(); i = next++) {
      try {
        launches[i] = read(files[i], metrics);
      } catch (...) {
        failures[i] = std::current_exception();
      }
    }
  };
  {
    std::vector<std::jthread> others;
    const std::size_t threads = std::min<std::size_t>(files.size(), std::max(1U, std::thread::hardware_concurrency()));
    for (std::size_t i = 1; i < threads; ++i) others.emplace_back(work);
    work();
  }
  std::vector<ReadLaunch> all;
  all.reserve(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (launches[i]) {
      all.push_back(std::move(*launches[i]));
      continue;
    }
    try {
      std::rethrow_exception(failures[i]);
    } catch (const Unborn& error) {
      pass_over_unborn(files[i], error);
    }
  }
  return all;
}

/// Takes the cases' parts.
void add_cases(Evidence& evidence, std::size_t index, std::map<std::string, Seen>& of_launch,
               std::span<const Metric* const> metrics) {
  const LaunchSummary& summary = evidence.launches[index];
  for (auto& [title, seen] : of_launch) {
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      if (seen.values[i].empty() && seen.wrong.empty() && seen.skipped.empty()) continue;
      CaseValues& values = evidence.values[std::string{metrics[i]->name}].try_emplace(title).first->second;
      values.by_launch.resize(evidence.launches.size());
      // Wrong data counts wherever it was found; a speed only where nothing speaks against it.
      if (!seen.wrong.empty()) values.wrong.push_back(fmt::format("launch {}: {}", summary.launch, seen.wrong));
      else if (!seen.values[i].empty() && summary.counts()) values.by_launch[index] = median(seen.values[i]);
      else if (!seen.skipped.empty()) values.skipped = seen.skipped;
    }
    evidence.cases.try_emplace(title, std::move(seen.what));
  }
}

/// "a.jsonl", and "a.jsonl.partial" of a launch that did not end.
bool is_record(const std::filesystem::path& file) {
  return file.extension() == ".jsonl" || (file.extension() == ".partial" && file.stem().extension() == ".jsonl");
}

}  // namespace

std::vector<double> CaseValues::values() const {
  std::vector<double> all;
  for (const std::optional<double>& value : by_launch) {
    if (value) all.push_back(*value);
  }
  return all;
}

std::size_t Evidence::counted() const {
  return static_cast<std::size_t>(std::ranges::count_if(launches, &LaunchSummary::counts));
}

bool has_match(const Evidence& evidence, const CaseFilter& filter) {
  return evidence.cases.empty() ||
         std::ranges::any_of(evidence.cases, [&](const auto& one) { return filter(one.first); });
}

void pass_over_unborn(const std::filesystem::path& file, const Unborn& error) {
  if (file.extension() != ".partial") throw Unborn(error);
  say("{}; it is left out", error.what());
}

std::string why_excluded(const Launch& launch, bool complete) {
  if (!complete) return why_cut_off(launch);
  if (launch.footer->taints.empty()) return {};
  return fmt::format("tainted: {}", fmt::join(launch.footer->taints, "; "));
}

std::string accepted_load(const Launch& launch) {
  if (launch.header.accepted_load.empty()) return {};
  if (!launch.footer || launch.footer->accepted.empty()) return {};
  return fmt::format("{}; accepted: {}", fmt::join(launch.footer->accepted, "; "), launch.header.accepted_load);
}

void exclude_empty(Evidence& evidence) {
  for (LaunchSummary& launch : evidence.launches) {
    if (launch.empty && launch.counts()) launch.excluded = nothing_in_it;
  }
}

std::vector<std::filesystem::path> record_files(const std::vector<std::string>& paths) {
  std::vector<std::filesystem::path> files;
  for (const std::string& name : paths) {
    const std::filesystem::path path{name};
    std::error_code status;
    if (!std::filesystem::is_directory(path, status)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::filesystem::path> found;
    std::filesystem::recursive_directory_iterator entry{path, status};
    while (!status && entry != std::filesystem::recursive_directory_iterator{}) {
      std::error_code broken;  // a link to nowhere is no record
      if (is_record(entry->path()) && entry->is_regular_file(broken)) found.push_back(entry->path());
      entry.increment(status);
    }
    if (status) {
      throw UsageError(fmt::format("cannot read all of {}: {}; give folders of records that this user can read",
                                   path.string(), status.message()));
    }
    if (found.empty()) {
      throw UsageError(fmt::format("no record (*.jsonl) in {}; lanemark run --results {} writes some", path.string(),
                                   path.string()));
    }
    std::ranges::sort(found);
    std::ranges::move(found, std::back_inserter(files));
  }
  return files;
}

std::vector<Evidence> gather_evidence(std::span<const std::filesystem::path> files,
                                      std::span<const Metric* const> metrics) {
  std::vector<ReadLaunch> launches = read_all(files, metrics);
  DistinctMachines distinct;
  for (const ReadLaunch& one : launches) distinct.see(one.fingerprint, one.summary.file);
  std::ranges::stable_sort(launches, {}, [](const ReadLaunch& one) { return one.summary.started; });
  std::vector<Fingerprint> machines;
  machines.reserve(launches.size());
  for (const ReadLaunch& one : launches) machines.push_back(one.fingerprint);
  machines = unified(std::move(machines));
  for (std::size_t i = 0; i < launches.size(); ++i) {
    launches[i].fingerprint = machines[i];
    launches[i].fingerprint_id = id(machines[i]);
  }
  std::vector<Evidence> all;
  const auto of = [&](const ReadLaunch& launch) -> Evidence& {
    const auto found = std::ranges::find(all, launch.fingerprint_id, &Evidence::fingerprint_id);
    if (found != all.end()) return *found;
    Evidence& made =
        all.emplace_back(Evidence{.fingerprint = launch.fingerprint, .fingerprint_id = launch.fingerprint_id});
    for (const Metric* const one : metrics) made.values.try_emplace(std::string{one->name});
    return made;
  };
  for (const ReadLaunch& launch : launches) {
    Evidence& evidence = of(launch);
    const bool twice =
        std::ranges::find(evidence.launches, launch.summary.launch, &LaunchSummary::launch) != evidence.launches.end();
    if (twice) {
      throw UsageError(fmt::format("launch {} is given twice, the second time as {}; name each record once",
                                   launch.summary.launch, launch.summary.file));
    }
    evidence.launches.push_back(launch.summary);
  }
  std::map<std::string, std::size_t> index;
  for (ReadLaunch& launch : launches) {
    const std::size_t at = index[launch.fingerprint_id]++;
    add_cases(of(launch), at, launch.cases, metrics);
    launch.cases.clear();
  }
  return all;
}

}  // namespace lanemark
