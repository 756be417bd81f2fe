#pragma once

#include <optional>
#include <regex>
#include <string>

namespace lanemark {

/// Which cases are meant, by their names.
class CaseFilter {
 public:
  /// All of them.
  CaseFilter() = default;
  /// Those in whose name the regular expression is found; "-X": those in whose name X is not; "": all. Throws
  /// UsageError where it is malformed.
  explicit CaseFilter(const std::string& expression);

  bool operator()(const std::string& name) const;

 private:
  std::optional<std::regex> expression_;
  bool inverted_ = false;
};

}  // namespace lanemark
