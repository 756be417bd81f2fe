// SPDX-License-Identifier: MIT

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace lanemark {

/// Which cases are meant, by their names: a regular expression in RE2's syntax, whose time and memory are bounded
/// whatever the expression and the name. May be copied; copies share the expression.
class CaseFilter {
 public:
  /// All of them.
  CaseFilter() = default;
  /// Those in whose name the regular expression is found; "-X": those in whose name X is not; "": all. Throws
  /// UsageError where it is malformed, or needs more memory than a filter may.
  explicit CaseFilter(const std::string& expression);

  bool operator()(const std::string& name) const;

 private:
  std::shared_ptr<const re2::RE2> expression_;  ///< null: all
  bool inverted_ = false;
};

/// Throws UsageError "no case matches the filter 'X'; CURE": a mistyped filter is no reason to say that all is well.
[[noreturn]] void refuse_unmet(std::string_view filter, std::string_view cure);

/// A regular expression that matches these names and no others.
std::string exactly(const std::vector<std::string>& names);

}  // namespace lanemark
