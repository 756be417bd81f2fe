// SPDX-License-Identifier: MIT

#include "bench/engine/given_flags.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <set>

#include "bench/text/numbers.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

bool any(const CLI::App* /*app*/) { return true; }

/// What CLI11 calls an option's type, "INT", is followed by what its other checks say.
CLI::Validator plain(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const auto check = [](std::string_view form, auto parse) {
    return CLI::Validator{[form, parse](std::string& text) {
                            return parse(text) ? std::string{} : fmt::format("{} must be {}", in_quotes(text), form);
                          },
                          ""};
  };
  if (type.starts_with("INT")) return check("a whole number, in digits alone", whole_number<std::int64_t>);
  if (type.starts_with("UINT"))
    return check("a whole number of 0 or more, in digits alone", whole_number<std::uint64_t>);
  if (type.starts_with("FLOAT")) return check("a number, e.g. 0.5", decimal_number);
  return {};
}

FlagUse use_of(const CLI::Option& option) {
  for (const auto& [use, heading] : flag_groups) {
    if (option.get_group() == heading && !option.get_lnames().empty()) return use;
  }
  throw Error(fmt::format("the flag {} is declared without a long name, or without what it is for", option.get_name()));
}

/// What it was given, those of a list as one.
std::vector<std::string> values_of(const CLI::Option& option) {
  if (option.get_delimiter() != ',') return option.results();
  return {fmt::format("{}", fmt::join(option.results(), ","))};
}

}  // namespace

void FlagOwners::add(CLI::App& app, std::string_view suite, const std::function<void()>& declare) {
  const std::vector<CLI::App*> before = app.get_subcommands(any);
  declare();
  for (const CLI::App* group : app.get_subcommands(any)) {
    if (std::ranges::find(before, group) == before.end()) suite_of_group_.emplace_back(group, suite);
  }
}

std::vector<GivenFlag> FlagOwners::given(const CLI::App& app) const {
  std::vector<GivenFlag> flags;
  collect(app, "", flags);
  return flags;
}

void FlagOwners::collect(const CLI::App& app, std::string_view suite, std::vector<GivenFlag>& given) const {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional() || option == app.get_help_ptr()) continue;
    const FlagUse use = use_of(*option);
    if (option->count() == 0) continue;
    given.push_back(
        {.name = option->get_name(), .values = values_of(*option), .use = use, .suite = std::string{suite}});
  }
  for (const CLI::App* below : app.get_subcommands(any)) {
    const auto owner = std::ranges::find(suite_of_group_, below, &std::pair<const CLI::App*, std::string_view>::first);
    collect(*below, owner == suite_of_group_.end() ? suite : owner->second, given);
  }
}

void require_plain_numbers(CLI::App& app) {
  for (CLI::Option* option : app.get_options({})) option->check(plain(*option));
  for (CLI::App* below : app.get_subcommands({})) require_plain_numbers(*below);
}

void drop_repeated_values(CLI::App& app) {
  for (CLI::Option* option : app.get_options({})) {
    if (option->get_delimiter() != ',' || option->get_type_name().starts_with(sequence_type)) continue;
    std::set<std::string> known;
    std::vector<std::string> values = option->results();
    const auto is_known = [&](const std::string& value) { return !known.insert(value).second; };
    if (std::erase_if(values, is_known) == 0) continue;
    option->clear();
    for (const std::string& value : values) option->add_result(value);
    option->run_callback();
  }
  for (CLI::App* below : app.get_subcommands(any)) drop_repeated_values(*below);
}

IdleFlags::IdleFlags(const std::vector<GivenFlag>& given) {
  for (const GivenFlag& flag : given) idle_.push_back({.flag = flag});
}

void IdleFlags::see(std::string_view suite, const PlannedCase& planned, const std::vector<IgnoredFlag>& also) {
  if (std::ranges::find(suites_, suite) == suites_.end()) suites_.emplace_back(suite);
  std::erase_if(idle_, [&](Idle& one) {
    if (!one.flag.suite.empty() && one.flag.suite != suite) return false;
    for (const std::vector<IgnoredFlag>& list : {std::cref(planned.ignores), std::cref(also)}) {
      const auto ignored = std::ranges::find(list, one.flag.name, &IgnoredFlag::flag);
      if (ignored == list.end()) continue;
      if (one.why.empty()) one.why = ignored->why;
      return false;
    }
    return true;
  });
}

void IdleFlags::require_all() const {
  for (const Idle& one : idle_) {
    if (!one.why.empty()) {
      throw UsageError(fmt::format("{} would do nothing here: {}; leave it off, or ask for cases that it is for",
                                   one.flag.name, one.why));
    }
    if (!one.flag.suite.empty()) {
      throw UsageError(fmt::format(
          "{} is for the suite {}, of which no case is asked for ({}); leave it off, or add {}", one.flag.name,
          one.flag.suite, suites_.empty() ? "no case at all" : fmt::format("{}", fmt::join(suites_, ", ")),
          one.flag.suite));
    }
  }
}

}  // namespace lanemark
