// SPDX-License-Identifier: MIT

// How often a gate cries wolf, and how often it sees a change, by real launches of one build: each simulated gate draws
// base and run from them without replacement and judges them as lanemark gate does. Not a test: its table is published.
//
//   gate_rates BASELINES [GATES [LAUNCHES]]     folder of baselines, each of launches of one build; number of simulated
//                                               gates; launches on each side

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "bench/gate/baseline_folder.hpp"
#include "bench/gate/calibration.hpp"
#include "bench/gate/evidence.hpp"
#include "bench/gate/verdict.hpp"
#include "bench/measurement/exit_code.hpp"
#include "bench/statistics/power.hpp"

namespace lanemark {
namespace {

/// The launches of `all` at these places.
Evidence part(const Evidence& all, const std::vector<std::size_t>& places) {
  Evidence some{.fingerprint = all.fingerprint, .fingerprint_id = all.fingerprint_id};
  some.cases = all.cases;
  for (const std::size_t i : places) some.launches.push_back(all.launches[i]);
  for (const auto& [metric, cases] : all.values) {
    for (const auto& [title, values] : cases) {
      CaseValues& mine = some.values[metric][title];
      for (const std::size_t i : places) mine.by_launch.push_back(values.by_launch[i]);
    }
  }
  return some;
}

/// How the launches of a gate lie in time.
enum class Draw {
  random,      ///< base and run mixed, as --interleave measures
  one_by_one,  ///< all of the base before the run, as against a stored baseline
};

struct Sides {
  std::vector<std::size_t> base, run;
  std::vector<std::size_t> again;  ///< those left over, as far as there are: what a confirmation would have measured
};

Sides draw(Draw how, std::size_t count, std::size_t launches, std::mt19937_64& random) {
  std::vector<std::size_t> places(count);
  for (std::size_t i = 0; i < count; ++i) places[i] = i;
  std::ranges::shuffle(places, random);
  const auto middle = places.begin() + static_cast<std::ptrdiff_t>(launches);
  const auto end = middle + static_cast<std::ptrdiff_t>(launches);
  if (how == Draw::one_by_one) {
    std::sort(places.begin(), end);
    std::sort(end, places.end(), std::greater<>{});  // a confirmation comes last
  }
  const auto enough = std::min(static_cast<std::ptrdiff_t>(launches), places.end() - end);
  return {{places.begin(), middle}, {middle, end}, {end, end + enough}};
}

struct Rates {
  int gates = 0;
  int alarmed = 0;        ///< gates with a regression where there is none
  int alarmed_twice = 0;  ///< that regressed again in other launches
  int changed = 0, caught = 0, undecided = 0;
  int named = 0;        ///< undecided ones that name a change which they could have shown
  int named_shown = 0;  ///< of a change of just that size in other launches, those that are called a regression
};

const CaseVerdict& verdict_on(const Judgement& judgement, const std::string& title) {
  return *std::ranges::find(judgement.cases, title, &CaseVerdict::name);
}

void slow_down(Evidence& run, const std::string& title, double factor) {
  for (std::optional<double>& value : run.values.at("time").at(title).by_launch) {
    if (value) *value *= factor;
  }
}

std::vector<std::string> regressed(const Judgement& judgement) {
  std::vector<std::string> names;
  for (const CaseVerdict& one : judgement.cases) {
    if (one.outcome == Outcome::regressed) names.push_back(one.name);
  }
  return names;
}

/// Gates whose run has one of the cases `slowed`, in turn, slower by `change`.
Rates simulate(const Evidence& all, const NoiseFloors& noise, Draw how, std::size_t launches, int gates, double change,
               const std::vector<std::string>& slowed, std::mt19937_64& random) {
  const GateOptions options;
  Rates rates{.gates = gates};
  for (int i = 0; i < gates; ++i) {
    const Sides sides = draw(how, all.launches.size(), launches, random);
    Baseline base;
    add(base, part(all, sides.base));
    base.noise = noise;
    Evidence run = part(all, sides.run);
    const std::vector<std::string> alarms = regressed(judge(&base, run, options));
    rates.alarmed += alarms.empty() ? 0 : 1;
    if (!alarms.empty()) {
      const Judgement second = judge(&base, part(all, sides.again), options);
      const bool repeats = std::ranges::any_of(
          alarms, [&](const std::string& one) { return regresses_alone(verdict_on(second, one), options); });
      rates.alarmed_twice += repeats ? 1 : 0;
    }
    const std::string& slow = slowed[static_cast<std::size_t>(i) % slowed.size()];
    slow_down(run, slow, 1 + change);
    const Judgement judgement = judge(&base, run, options);
    const CaseVerdict& verdict = verdict_on(judgement, slow);
    ++rates.changed;
    rates.caught += verdict.outcome == Outcome::regressed ? 1 : 0;
    if (verdict.outcome != Outcome::inconclusive) continue;
    ++rates.undecided;
    if (!verdict.detectable) continue;
    ++rates.named;
    const Sides others = draw(how, all.launches.size(), launches, random);
    Baseline other_base;
    add(other_base, part(all, others.base));
    other_base.noise = noise;
    Evidence other_run = part(all, others.run);
    slow_down(other_run, slow, 1 + *verdict.detectable);
    const Judgement other = judge(&other_base, other_run, options);
    rates.named_shown += verdict_on(other, slow).outcome == Outcome::regressed ? 1 : 0;
  }
  return rates;
}

std::string percent(int part, int whole) {
  return whole == 0 ? std::string{"-"} : fmt::format("{:.2f} %", 100.0 * part / whole);
}

std::vector<std::string> titles_of(const Evidence& all) {
  std::vector<std::string> titles;
  for (const auto& [title, values] : all.values.at("time")) titles.push_back(title);
  return titles;
}

void print_rates(const Evidence& all, const NoiseFloors& noise, int gates, std::size_t launches) {
  fmt::print(
      "| launches | floors | false alarms | twice | injected | caught | inconclusive | caught, of the change named "
      "|\n");
  fmt::print("|:---|:---|---:|---:|---:|---:|---:|---:|\n");
  std::mt19937_64 random{1};
  for (const Draw how : {Draw::random, Draw::one_by_one}) {
    for (const bool floors : {false, true}) {
      std::map<double, Rates> by_change;
      int alarmed = 0;  // before anything is slowed down: of all gates
      int alarmed_twice = 0;
      for (const double change : {0.03, 0.1, 0.2}) {
        const Rates rates =
            simulate(all, floors ? noise : NoiseFloors{}, how, launches, gates, change, titles_of(all), random);
        alarmed += rates.alarmed;
        alarmed_twice += rates.alarmed_twice;
        by_change[change] = rates;
      }
      for (const auto& [change, rates] : by_change) {
        fmt::print("| {} | {} | {} | {} | +{:.0f} % | {} | {} | {} |\n",
                   how == Draw::random ? "interleaved" : "base first", floors ? "calibrated" : "none",
                   percent(alarmed, 3 * gates), percent(alarmed_twice, 3 * gates), 100 * change,
                   percent(rates.caught, rates.changed), percent(rates.undecided, rates.changed),
                   percent(rates.named_shown, rates.named));
      }
    }
  }
}

/// What decides how small a change of a case is caught: how much its launches differ.
void print_cases(const Evidence& all, const NoiseFloors& noise, int gates, std::size_t launches) {
  fmt::print("\n| case | launches vary by | floor | +3 % caught | +5 % | +10 % |\n|:---|---:|---:|---:|---:|---:|\n");
  std::mt19937_64 random{1};
  for (const std::string& title : titles_of(all)) {
    std::string caught;
    for (const double change : {0.03, 0.05, 0.1}) {
      const Rates rates = simulate(all, noise, Draw::random, launches, gates, change, {title}, random);
      caught += fmt::format(" {} |", percent(rates.caught, rates.changed));
    }
    const NoiseFloor* const floor = noise.find(all.cases.at(title));
    fmt::print("| {} | {:.2f} % | {:.2f} % |{}\n", title, 100 * log_spread(all.values.at("time").at(title).values()),
               floor == nullptr ? 0 : 100 * floor->change, caught);
  }
}

}  // namespace
}  // namespace lanemark

int main(int argc, char** argv) {
  using namespace lanemark;
  if (argc < 2) {
    fmt::print(stderr, "usage: gate_rates BASELINES [GATES [LAUNCHES]]\n");
    return static_cast<int>(ExitCode::usage);
  }
  const int gates = argc > 2 ? std::atoi(argv[2]) : 1000;
  const std::size_t launches = argc > 3 ? static_cast<std::size_t>(std::atoi(argv[3])) : 10;
  try {
    const BaselineFolder folder{argv[1]};
    for (const std::string& id : folder.ids()) {
      Evidence evidence = folder.find(id)->evidence;
      std::erase_if(evidence.values, [](const auto& one) { return one.first != "time"; });  // what the gate compares
      const NoiseFloors noise = noise_floors(evidence, {.launches = launches});
      fmt::print("\n{}: {} launches, {} cases, {} simulated gates of {} against {} launches\n\n", id,
                 evidence.launches.size(), evidence.values.at("time").size(), gates, launches, launches);
      print_rates(evidence, noise, gates, launches);
      print_cases(evidence, noise, gates / 4, launches);
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "gate_rates: {}\n", error.what());
    return static_cast<int>(ExitCode::internal);
  }
  return 0;
}
