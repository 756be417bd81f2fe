// SPDX-License-Identifier: MIT

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/engine/cli11_fwd.hpp"
#include "bench/engine/given_flag.hpp"
#include "bench/engine/trial.hpp"

namespace lanemark {

/// Whose flags are whose.
class FlagOwners {
 public:
  /// Those that `declare` adds to `app`, in groups, are the suite's.
  void add(CLI::App& app, std::string_view suite, const std::function<void()>& declare);
  /// Flags of `app` that stand on the command line, after it was parsed, in the order of their declaration. Throws
  /// Error that names a flag which was declared without a long name, or without what it is for.
  [[nodiscard]] std::vector<GivenFlag> given(const CLI::App& app) const;

 private:
  void collect(const CLI::App& app, std::string_view suite, std::vector<GivenFlag>& given) const;

  std::vector<std::pair<const CLI::App*, std::string_view>> suite_of_group_;
};

/// Refuses a number on the command line in any form but the usual one, for all options of `app` and of what is below
/// it: versions of CLI11 read others differently.
void require_plain_numbers(CLI::App& app);

/// What help calls a list whose order and repeats mean something, an option's type_name. Any other list is a set.
inline constexpr const char* sequence_type = "SEQUENCE";
/// Leaves each value of a list there once, in the order in which they first came: they are choices whose cases are
/// measured, and lists multiply. After `app` was parsed, of it and of what is below it.
void drop_repeated_values(CLI::App& app);

/// Which of the flags that were given do anything. A flag may say nothing of some of the planned cases; one that says
/// nothing of any was meant for something else, and what was meant would not be measured.
class IdleFlags {
 public:
  explicit IdleFlags(const std::vector<GivenFlag>& given);

  /// A case that `suite` plans, and flags that do nothing for it besides those that it says itself.
  void see(std::string_view suite, const PlannedCase& planned, const std::vector<IgnoredFlag>& also);
  /// Throws UsageError that names the first flag which does nothing, why, and the cure.
  void require_all() const;

 private:
  struct Idle {
    GivenFlag flag;
    std::string why{};  ///< of the first case that ignores it
  };
  std::vector<Idle> idle_;
  std::vector<std::string> suites_;  ///< that plan cases
};

}  // namespace lanemark
