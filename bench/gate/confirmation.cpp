#include "bench/gate/confirmation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "bench/launch_arguments.hpp"
#include "bench/launcher.hpp"
#include "bench/launches.hpp"
#include "bench/statistics/rank_distribution.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// The run's command with this filter instead of any it had.
std::vector<std::string> filtered(const std::vector<std::string>& command, const std::string& filter) {
  std::vector<std::string> words;
  const std::vector<std::string> shared = shared_arguments(command);
  for (auto word = shared.begin(); word != shared.end(); ++word) {
    if (*word == "--filter") {
      if (word + 1 != shared.end()) ++word;
    } else if (!word->starts_with("--filter=") && !word->starts_with("--benchmark_filter=")) {
      words.push_back(*word);
    }
  }
  words.push_back("--filter=" + filter);
  return words;
}

/// Not within the run's folder, whose records a later gate would take for the run's.
std::filesystem::path beside(const std::filesystem::path& record) {
  const std::filesystem::path folder = std::filesystem::absolute(record).parent_path();
  return folder.parent_path() / (folder.filename().string() + "-confirm");
}

LaunchSummary last_counted(const Judgement& judgement) {
  const auto found = std::find_if(judgement.run.rbegin(), judgement.run.rend(),
                                  [](const LaunchSummary& one) { return one.excluded.empty(); });
  if (found == judgement.run.rend()) throw Error("a case has regressed in launches none of which counts");
  return *found;
}

/// Whether so many launches can differ significantly at all, as one case alone.
bool can_show(std::size_t base, std::size_t run, double alpha) {
  return base > 0 && run > 0 && critical_u(base, run, alpha).has_value();
}

/// Too few launches never regress: they would let every regression pass.
void require_enough(const std::vector<CaseVerdict>& cases, std::size_t launches, double alpha) {
  constexpr std::size_t most = 1000;
  for (const CaseVerdict& one : cases) {
    if (one.outcome != Outcome::regressed || can_show(one.base.size(), launches, alpha)) continue;
    std::size_t enough = launches + 1;
    while (enough < most && !can_show(one.base.size(), enough, alpha)) ++enough;
    throw UsageError(
        fmt::format("--confirm {}: so few launches cannot regress again at alpha {:g} against a base of "
                    "{}; give at least {}",
                    launches, alpha, one.base.size(), enough));
  }
}

}  // namespace

std::string exactly(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) {
    if (!all.empty()) all += '|';
    for (const char c : name) {
      const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
      if (!plain) all += '\\';
      all += c;
    }
  }
  return fmt::format("^({})$", all);
}

void confirm(Judgement& judgement, const Baseline& base, const ConfirmationOptions& options) {
  std::vector<std::string> flagged;
  for (const CaseVerdict& one : judgement.cases) {
    if (one.outcome == Outcome::regressed) flagged.push_back(one.name);
  }
  std::ranges::sort(flagged);
  flagged.erase(std::ranges::unique(flagged).begin(), flagged.end());
  if (flagged.empty()) return;
  require_enough(judgement.cases, static_cast<std::size_t>(options.launches), judgement.options.alpha);

  const LaunchSummary last = last_counted(judgement);
  LaunchPlan plan;
  plan.program = this_program();
  plan.arguments = filtered(last.command, exactly(flagged));
  plan.processes = last.ranks;
  plan.launches = options.launches;
  plan.results = options.results.empty() ? beside(last.file) : options.results;
  const LaunchesResult launched = run_launches(plan);
  std::vector<std::filesystem::path> records;
  for (const LaunchOutcome& one : launched.launches) {
    if (!one.record.empty() && one.code == static_cast<int>(ExitCode::ok)) records.push_back(one.record);
  }
  if (records.empty()) {
    throw Error(
        fmt::format("flagged cases could not be run again: {}; their verdicts stand unconfirmed, see the logs in {}",
                    launched.stopped.empty() ? "no launch left a record" : launched.stopped, plan.results.string()));
  }
  const std::vector<Evidence> again = gather(records, options.metrics);
  if (again.size() != 1 || again.front().fingerprint_id != judgement.fingerprint_id) {
    throw UsageError("flagged cases were to be run again on another kind of machine than the run's; confirm there");
  }
  const Judgement second = judge(&base, again.front(), judgement.options);
  for (CaseVerdict& one : judgement.cases) {
    if (one.outcome != Outcome::regressed) continue;
    const auto repeated = std::ranges::find_if(
        second.cases, [&](const CaseVerdict& other) { return other.name == one.name && other.metric == one.metric; });
    if (repeated == second.cases.end()) continue;
    const bool decides = repeated->outcome == Outcome::wrong_data ||
                         can_show(repeated->base.size(), repeated->run.size(), judgement.options.alpha);
    if (!decides) continue;  // too few of the launches count
    if (repeated->outcome == Outcome::regressed || repeated->outcome == Outcome::wrong_data) {
      one.outcome = repeated->outcome;
      one.detail = fmt::format("again in {} more launches", repeated->run.size());
    } else {
      one.outcome = Outcome::inconclusive;
      one.detail =
          fmt::format("slower at first, but {} in {} more launches", name(repeated->outcome), repeated->run.size());
    }
  }
  judgement.confirmed = true;
  worst_first(judgement.cases);
}

}  // namespace lanemark
