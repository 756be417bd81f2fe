// SPDX-License-Identifier: MIT

#include "bench/commands/confirmation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "bench/commands/relaunch.hpp"
#include "bench/launching/process.hpp"
#include "bench/measurement/case_filter.hpp"
#include "bench/statistics/rank_distribution.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

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
    throw Error(
        fmt::format("--confirm {}: so few launches cannot regress again at alpha {:g} against a base of "
                    "{}; give at least {}",
                    launches, alpha, one.base.size(), enough));
  }
}

using Names = std::vector<std::string>;

/// The names of what has regressed, by the kind of launch that measured it last.
std::map<LaunchKind, std::set<std::string>> flagged(const Judgement& judgement, const Evidence& run) {
  std::map<LaunchKind, std::set<std::string>> names;
  for (const CaseVerdict& one : judgement.cases) {
    if (one.outcome != Outcome::regressed) continue;
    const std::vector<std::optional<double>>& values =
        run.values.at(std::string{one.metric->name}).at(one.name).by_launch;
    for (std::size_t i = values.size(); i-- > 0;) {
      if (!values[i]) continue;
      names[kind_of(run.launches[i], run.fingerprint)].insert(one.name);
      break;
    }
  }
  return names;
}

/// As many at once as fit into a command line and a regular expression.
std::vector<Names> portions(const std::set<std::string>& names) {
  constexpr std::size_t most = 30'000;
  std::vector<Names> all;
  std::size_t size = most;
  for (const std::string& name : names) {
    size += 2 * name.size();  // each character may need a backslash
    if (size > most) {
      all.emplace_back();
      size = 2 * name.size();
    }
    all.back().push_back(name);
  }
  return all;
}

/// A case's verdict in the light of a second look at it.
void reconsider(CaseVerdict& first, const CaseVerdict& second, const GateOptions& options) {
  if (second.outcome == Outcome::wrong_data) {
    first.outcome = second.outcome;
    first.detail = second.detail;
  } else if (!can_show(second.base.size(), second.run.size(), options.alpha)) {
    first.detail = fmt::format("run again, but only {} of those launches count", second.run.size());
  } else if (regresses_alone(second, options)) {
    first.twice = true;
    first.detail = fmt::format("again in {} more launches", second.run.size());
  } else {
    first.outcome = Outcome::inconclusive;
    first.detail = fmt::format("slower at first, but {} in {} more launches", name(second.outcome), second.run.size());
  }
}

/// Looks again at all that has regressed.
Judgement second_look(const Judgement& judgement, const Baseline& base, const Evidence& run,
                      const ConfirmationOptions& options) {
  for (const LaunchSummary& launch : run.launches) {
    if (launch.counts()) require_the_same(launch);
  }
  const Seconds timeout = relaunch_timeout(options.timeout, run.launches);
  std::vector<std::filesystem::path> records;
  for (const auto& [kind, names] : flagged(judgement, run)) {
    for (const Names& portion : portions(names)) {
      std::ranges::move(relaunch(kind, {.launches = options.launches,
                                        .results = options.results,
                                        .filter = exactly(portion),
                                        .timeout = timeout}),
                        std::back_inserter(records));
    }
  }
  const std::vector<Evidence> again = gather_evidence(records, options.metrics);
  if (again.size() != 1 || !same_machine(again.front().fingerprint, judgement.fingerprint)) {
    throw Error("this machine, or its number of ranks, is not the run's");
  }
  return judge(&base, again.front(), judgement.options);
}

}  // namespace

void confirm(Judgement& judgement, const Baseline& base, const Evidence& run, const ConfirmationOptions& options) {
  if (judgement.count(Outcome::regressed) == 0) return;
  std::vector<CaseVerdict> second;
  std::string failed;
  try {
    require_enough(judgement.cases, static_cast<std::size_t>(options.launches), judgement.options.alpha);
    second = second_look(judgement, base, run, options).cases;
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {  // what is known already still counts
    failed = error.what();
  }
  judgement.confirmed = failed.empty();
  for (CaseVerdict& one : judgement.cases) {
    if (one.outcome != Outcome::regressed) continue;
    const auto repeated = std::ranges::find_if(
        second, [&](const CaseVerdict& other) { return other.name == one.name && other.metric == one.metric; });
    if (!failed.empty()) one.detail = "could not be run again: " + failed;
    else if (repeated == second.end()) one.detail = "was not measured when run again";
    else reconsider(one, *repeated, judgement.options);
  }
  worst_first(judgement.cases);
}

}  // namespace lanemark
