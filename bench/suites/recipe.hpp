// SPDX-License-Identifier: MIT

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bench/engine/suite.hpp"

namespace lanemark {

/// What is timed of a collective.
struct CollectiveMode {
  std::string_view name;
  Pace pace;
  bool replayed;

  /// Whether what is measured is the connection itself, and not what moves over it.
  [[nodiscard]] bool is_creation() const { return name == "creation"; }
};
/// Throws UsageError that lists the names.
const CollectiveMode& parse_collective_mode(std::string_view text);

/// What sets one case of the collectives' suite apart.
struct Recipe {
  const Collective* collective = nullptr;
  const Backend* backend = nullptr;
  int ranks = 1;
  std::optional<Split> split{};
  DType dtype = DType::float32;
  ReduceOp op = ReduceOp::sum;
  int root = 0;  ///< as asked for: there may be no such rank
  int peer = -1;
  Tuning tuning{};
  Registration registration = Registration::plain;
  const CollectiveMode* mode = nullptr;
  Bytes size{};
  bool fixed_size = false;  ///< that of the mode, not one of a range
  bool neighbour = false;   ///< not that size, but one beside it: parts begin off 16 bytes where its own do not
  bool warm_cache = false;
  bool in_place = false;
  std::size_t misaligned = 0;
  std::optional<int> fault{};

  /// Ranks of one operation: a group's, where they are split.
  [[nodiscard]] int group_size() const { return split ? split->group_size : ranks; }
  [[nodiscard]] bool is_pair() const { return peer >= 0; }
};

/// The case with as many elements as make up the recipe's size, at least one of each part but for a size of 0; skipped
/// where it is known beforehand that it cannot be measured as it was asked for. It refers to the context. Throws
/// UsageError for a size below one element.
PlannedCase plan_case(const Recipe& recipe, const SuiteContext& context);

}  // namespace lanemark
