// SPDX-License-Identifier: MIT

#include "bench/commands/google_benchmark_flags.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

#include "bench/record/bounds.hpp"
#include "bench/text/numbers.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// What Google Benchmark has that does nothing here, or harm, whether it comes as a flag or by its environment
/// variable.
struct Refused {
  std::string_view name;
  std::string_view why;
};
constexpr std::array refused{
    Refused{"benchmark_enable_random_interleaving",
            "does not apply, since cases are measured in their order; leave it off"},
    Refused{"benchmark_min_time", "does not apply, since counts are agreed by all ranks; use --min-time"},
    Refused{"benchmark_min_warmup_time", "does not apply; use -w"},
    Refused{"benchmark_dry_run", "would measure nothing; lanemark list names the cases"},
    Refused{"benchmark_time_unit", "does not apply, since every time is in microseconds; leave it off"},
    Refused{"benchmark_perf_counters", "does not apply, since none are read; leave it off"},
    Refused{"benchmark_help", "is not lanemark's; see lanemark run --help"}};

bool is_on(std::string_view value) { return value != "false" && value != "0"; }

void refuse_unless_off(std::string_view said, std::string_view name, std::string_view value) {
  const auto* const found = std::ranges::find(refused, name, &Refused::name);
  if (found == refused.end() || !is_on(value)) return;
  throw UsageError(fmt::format("{} {}", said, found->why));
}

std::string variable_of(std::string_view flag) {
  std::string variable{flag};
  std::ranges::transform(variable, variable.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return variable;
}

/// What the environment says of a flag, "" where nothing.
std::string_view said_by_environment(const std::string& variable) {
  const char* const value = std::getenv(variable.c_str());
  return value == nullptr ? std::string_view{} : std::string_view{value};
}

/// A value as the library reads it: nothing behind the name is "true".
bool boolean(std::string_view said, std::string_view value) {
  constexpr std::array<std::string_view, 5> yes{"true", "1", "yes", "on", "t"};
  constexpr std::array<std::string_view, 5> no{"false", "0", "no", "off", "f"};
  if (std::ranges::find(yes, value) != yes.end()) return true;
  if (std::ranges::find(no, value) != no.end()) return false;
  throw UsageError(fmt::format("{}: must be true or false", said));
}

int repetitions(std::string_view said, std::string_view value) {
  constexpr auto most = static_cast<int>(bounds::measurements);  // that a record takes
  const int number = whole_number<int>(value).value_or(0);
  if (number >= 1 && number <= most) return number;
  throw UsageError(fmt::format("{}: must be a whole number of repetitions, from 1 to {}", said, most));
}

std::string format_of(std::string_view said, const std::string& value) {
  if (value == "json" || value == "csv" || value == "console") return value;
  throw UsageError(fmt::format("{}: must be console, json or csv", said));
}

std::string color(std::string_view said, const std::string& value) {
  return value == "auto" ? value : boolean(said, value) ? "yes" : "no";
}

/// "key=value,other=value".
std::vector<std::pair<std::string, std::string>> context(std::string_view said, std::string_view value) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!value.empty()) {
    const std::string_view one = value.substr(0, value.find(','));
    const std::size_t equals = one.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      throw UsageError(fmt::format("{}: must be KEY=VALUE, several with commas between them", said));
    }
    pairs.emplace_back(one.substr(0, equals), one.substr(equals + 1));
    value.remove_prefix(std::min(value.size(), one.size() + 1));
  }
  return pairs;
}

/// A flag that is known here, and what is done with its value.
struct Known {
  std::string_view name;
  FlagUse use;
  bool of_reports;  ///< it says how reports look, and does nothing without one
  void (*take)(GoogleBenchmarkFlags& flags, std::string_view said, const std::string& value);
};
using Flags = GoogleBenchmarkFlags;
using Said = std::string_view;
using Value = const std::string&;
constexpr std::string_view of_filter = "benchmark_filter";
constexpr std::string_view of_context = "benchmark_context";
constexpr std::string_view of_repetitions = "benchmark_repetitions";
constexpr std::array known{
    Known{of_filter, FlagUse::measurement, false, [](Flags& to, Said, Value v) { to.filter = v == "all" ? "" : v; }},
    Known{"benchmark_list_tests", FlagUse::one_launch, false,
          [](Flags& to, Said said, Value v) { to.list = boolean(said, v); }},
    Known{"benchmark_out", FlagUse::one_launch, false,
          [](Flags& to, Said said, Value v) {
            if (v.empty()) throw UsageError(fmt::format("{}: must name a file", said));
            to.reports.out = v;
          }},
    Known{"benchmark_out_format", FlagUse::one_launch, false,
          [](Flags& to, Said said, Value v) { to.reports.out_format = format_of(said, v); }},
    Known{"benchmark_format", FlagUse::one_launch, false,
          [](Flags& to, Said said, Value v) { to.reports.format = v.empty() ? "" : format_of(said, v); }},
    Known{of_repetitions, FlagUse::measurement, false,
          [](Flags& to, Said said, Value v) { to.reports.repetitions = repetitions(said, v); }},
    Known{"benchmark_report_aggregates_only", FlagUse::one_launch, true,
          [](Flags& to, Said said, Value v) { to.reports.aggregates_only = boolean(said, v); }},
    Known{"benchmark_display_aggregates_only", FlagUse::one_launch, true,
          [](Flags& to, Said said, Value v) { to.reports.display_aggregates_only = boolean(said, v); }},
    Known{"benchmark_counters_tabular", FlagUse::one_launch, true,
          [](Flags& to, Said said, Value v) { to.reports.tabular = boolean(said, v); }},
    Known{"benchmark_color", FlagUse::one_launch, true,
          [](Flags& to, Said said, Value v) { to.reports.color = color(said, v); }},
    Known{of_context, FlagUse::one_launch, true, [](Flags& to, Said said, Value v) {
            std::ranges::move(context(said, v), std::back_inserter(to.reports.context));
          }}};

void take(GoogleBenchmarkFlags& flags, const std::string& argument) {
  constexpr std::size_t dashes = 2;
  const std::size_t equals = argument.find('=');
  const std::string name = argument.substr(dashes, equals == std::string::npos ? equals : equals - dashes);
  const std::string value = equals == std::string::npos ? "true" : argument.substr(equals + 1);
  refuse_unless_off("--" + name, name, value);
  if (std::ranges::find(refused, name, &Refused::name) != refused.end()) return;
  const auto* const found = std::ranges::find(known, name, &Known::name);
  if (found == known.end()) {
    std::vector<std::string_view> names;
    names.reserve(known.size());
    for (const Known& one : known) names.push_back(one.name);
    throw UsageError(
        fmt::format("unknown flag --{}; of Google Benchmark's there are --{}", name, fmt::join(names, ", --")));
  }
  if (flags.has(name) && name != of_context) {
    throw UsageError(fmt::format("--{} is given twice, and only one can count; leave one off", name));
  }
  const bool is_boolean = name == "benchmark_list_tests" || (found->of_reports && name != of_context);
  if (equals == std::string::npos && !is_boolean)
    throw UsageError(fmt::format("--{} needs a value: --{}=…", name, name));
  flags.names.push_back(name);
  found->take(flags, argument, value);
  if (name == of_filter || (name == "benchmark_list_tests" && !flags.list)) return;
  flags.given.push_back({.name = "--" + name, .values = {value}, .use = found->use});
}

}  // namespace

bool GoogleBenchmarkFlags::has(std::string_view name) const { return std::ranges::find(names, name) != names.end(); }

GoogleBenchmarkFlags take_google_benchmark_flags(std::vector<std::string>& arguments) {
  GoogleBenchmarkFlags flags;
  std::vector<std::string> others;
  for (const std::string& argument : arguments) {
    if (argument.starts_with("--benchmark_")) take(flags, argument);
    else others.push_back(argument);
  }
  arguments = others;
  const auto place = [](const GivenFlag& one) {
    constexpr std::size_t dashes = 2;
    return std::ranges::find(known, std::string_view{one.name}.substr(dashes), &Known::name) - known.begin();
  };
  std::ranges::stable_sort(flags.given, {}, place);
  return flags;
}

GoogleBenchmarkFlags heeding_environment(GoogleBenchmarkFlags flags) {
  for (const Refused& one : refused) {
    const std::string variable = variable_of(one.name);
    if (const std::string_view value = said_by_environment(variable); !value.empty()) {
      refuse_unless_off(fmt::format("the environment variable {}", variable), one.name, value);
    }
  }
  for (const Known& one : known) {
    if (one.name == of_repetitions || one.of_reports) continue;
    const std::string variable = variable_of(one.name);
    const std::string_view value = said_by_environment(variable);
    if (value.empty() || !is_on(value)) continue;
    throw UsageError(
        fmt::format("the environment variable {} is not heeded; unset it, and say --{}", variable, one.name));
  }
  const std::string variable = variable_of(of_repetitions);
  const char* const value = std::getenv(variable.c_str());
  if (value != nullptr && !flags.has(of_repetitions)) flags.reports.repetitions = repetitions(variable, value);
  return flags;
}

void check_google_benchmark_flags(const GoogleBenchmarkFlags& flags, bool measures, bool other_filter) {
  if (!measures && !flags.names.empty()) {
    throw UsageError(fmt::format("--{} is for run, quick and list; leave it off", flags.names.front()));
  }
  if (!measures) return;
  if (flags.list && (!flags.reports.out.empty() || !flags.reports.format.empty())) {
    throw UsageError(fmt::format("a list is no report of Google Benchmark's; leave --benchmark_{} off",
                                 flags.reports.out.empty() ? "format" : "out"));
  }
  if (flags.has("benchmark_filter") && other_filter) {
    throw UsageError("--filter and --benchmark_filter say the same, and only one can count; leave one off");
  }
  if (flags.has("benchmark_out_format") && flags.reports.out.empty()) {
    throw UsageError("--benchmark_out_format would do nothing without --benchmark_out; add that, or leave it off");
  }
  if (flags.reports.out.empty() && flags.reports.format.empty()) {
    for (const std::string& given : flags.names) {
      if (!std::ranges::find(known, given, &Known::name)->of_reports) continue;
      throw UsageError(
          fmt::format("--{} is of Google Benchmark's reports, and there are none without --benchmark_out "
                      "or --benchmark_format; add one, or leave it off",
                      given));
    }
  }
}

}  // namespace lanemark
