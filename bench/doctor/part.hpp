// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collectives/core/world.hpp"

namespace lanemark {

/// One thing worth knowing about a machine before measuring on it.
struct Finding {
  enum class Level { ok, note, problem } level = Level::ok;
  std::string part;
  std::string text;  ///< what was found and, for a problem, what it costs
  std::string cure;  ///< what to do; never empty for a problem
  friend bool operator==(const Finding&, const Finding&) = default;
};

/// One thing to look at, e.g. the driver; each part's file registers one.
struct DoctorPart {
  std::string_view name;
  int order;  ///< ascending in the report
  /// Local: runs on one rank of each node and must call nothing collective. What it throws becomes a problem.
  std::vector<Finding> (*run)(const World& world);
};

/// Collects one part's findings.
class Findings {
 public:
  explicit Findings(std::string_view part) : part_{part} {}
  void ok(std::string text) { add({Finding::Level::ok, part_, std::move(text), {}}); }
  void note(std::string text, std::string cure = {}) {
    add({Finding::Level::note, part_, std::move(text), std::move(cure)});
  }
  void problem(std::string text, std::string cure) {
    add({Finding::Level::problem, part_, std::move(text), std::move(cure)});
  }
  [[nodiscard]] std::vector<Finding> take() { return std::move(list_); }

 private:
  void add(Finding finding) { list_.push_back(std::move(finding)); }

  std::string part_;
  std::vector<Finding> list_;
};

}  // namespace lanemark
