// How often a gate cries wolf, and how often it sees a change, by real launches of one build: each simulated gate draws
// base and run from them without replacement and judges them as lanemark gate does. Not a test: its table is published.
//
//   gate_rates FOLDER [GATES [LAUNCHES]]     records of one build, number of simulated gates, launches on each side

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <vector>

#include "bench/gate/calibration.hpp"
#include "bench/gate/evidence.hpp"
#include "bench/gate/verdict.hpp"

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
};

Sides draw(Draw how, std::size_t count, std::size_t launches, std::mt19937_64& random) {
  std::vector<std::size_t> places(count);
  for (std::size_t i = 0; i < count; ++i) places[i] = i;
  std::ranges::shuffle(places, random);
  places.resize(2 * launches);
  if (how == Draw::one_by_one) std::ranges::sort(places);
  const auto middle = places.begin() + static_cast<std::ptrdiff_t>(launches);
  return {{places.begin(), middle}, {middle, places.end()}};
}

struct Rates {
  int gates = 0;
  int alarmed = 0;        ///< gates with a regression where there is none
  int alarmed_twice = 0;  ///< that regressed again in other launches
  int changed = 0, caught = 0, undecided = 0, able = 0;
};

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

Rates simulate(const Evidence& all, const Baseline& calibrated, Draw how, std::size_t launches, int gates,
               double change, const GateOptions& options, std::mt19937_64& random) {
  Rates rates{.gates = gates};
  std::vector<std::string> titles;
  for (const auto& [title, values] : all.values.at("time")) titles.push_back(title);
  for (int i = 0; i < gates; ++i) {
    const Sides sides = draw(how, all.launches.size(), launches, random);
    Baseline base;
    add(base, part(all, sides.base));
    base.noise = calibrated.noise;
    Evidence run = part(all, sides.run);
    const std::vector<std::string> alarms = regressed(judge(&base, run, options));
    rates.alarmed += alarms.empty() ? 0 : 1;
    if (!alarms.empty()) {
      const Evidence again = part(all, draw(how, all.launches.size(), launches, random).run);
      const std::vector<std::string> second = regressed(judge(&base, again, options));
      const bool repeats = std::ranges::any_of(
          alarms, [&](const std::string& one) { return std::ranges::find(second, one) != second.end(); });
      rates.alarmed_twice += repeats ? 1 : 0;
    }
    const std::string& slow = titles[static_cast<std::size_t>(i) % titles.size()];
    slow_down(run, slow, 1 + change);
    for (const CaseVerdict& one : judge(&base, run, options).cases) {
      if (one.name != slow) continue;
      ++rates.changed;
      const bool caught = one.outcome == Outcome::regressed;
      rates.caught += caught ? 1 : 0;
      rates.undecided += one.outcome == Outcome::inconclusive ? 1 : 0;
      // Where the gate itself says that it could have seen less than this.
      if (caught || (one.detectable && *one.detectable <= change)) ++rates.able;
    }
  }
  return rates;
}

}  // namespace
}  // namespace lanemark

int main(int argc, char** argv) {
  using namespace lanemark;
  if (argc < 2) {
    fmt::print(stderr, "usage: gate_rates FOLDER [GATES [LAUNCHES]]\n");
    return static_cast<int>(ExitCode::usage);
  }
  const int gates = argc > 2 ? std::atoi(argv[2]) : 1000;
  const std::size_t launches = argc > 3 ? static_cast<std::size_t>(std::atoi(argv[3])) : 10;
  try {
    const std::filesystem::path folder{argv[1]};
    const Metric* const time = &metric("time");
    const Evidence all = gather(record_files({&folder, 1}), {&time, 1}).front();
    Baseline calibrated;
    calibrated.noise = noise_floors(all, {.launches = launches});
    fmt::print("{} launches, {} cases, {} simulated gates of {} against {} launches\n\n", all.launches.size(),
               all.cases.size(), gates, launches, launches);
    fmt::print(
        "| launches | floors | false alarms | twice | injected | caught | inconclusive | of those within reach |\n");
    fmt::print("|:---|:---|---:|---:|---:|---:|---:|---:|\n");
    std::mt19937_64 random{1};
    for (const Draw how : {Draw::random, Draw::one_by_one}) {
      for (const bool floors : {false, true}) {
        for (const double change : {0.03, 0.1, 0.2}) {
          const Rates rates =
              simulate(all, floors ? calibrated : Baseline{}, how, launches, gates, change, GateOptions{}, random);
          const auto percent = [](int part, int whole) { return whole == 0 ? 0.0 : 100.0 * part / whole; };
          fmt::print("| {} | {} | {:.2f} % | {:.2f} % | +{:.0f} % | {:.1f} % | {:.1f} % | {:.1f} % |\n",
                     how == Draw::random ? "interleaved" : "base first", floors ? "calibrated" : "2 % alone",
                     percent(rates.alarmed, gates), percent(rates.alarmed_twice, gates), 100 * change,
                     percent(rates.caught, rates.changed), percent(rates.undecided, rates.changed),
                     percent(rates.caught, rates.able));
        }
      }
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "gate_rates: {}\n", error.what());
    return static_cast<int>(ExitCode::internal);
  }
  return 0;
}
