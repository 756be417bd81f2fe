// SPDX-License-Identifier: MIT

#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/gate/metric.hpp"
#include "bench/gate/verdict.hpp"
#include "bench/measurement/measurement.hpp"

namespace lanemark {

/// Readers refuse another major number; a minor one adds fields.
constexpr std::string_view rules_schema = "1.0";

enum class Relation { at_least, at_most, more, less, equal, different };

/// What a case must be for a rule to speak of it.
struct Condition {
  std::string text;   ///< as written: "bytes >= 128MiB"
  std::string field;  ///< "bytes"; of a label "label.KEY"
  Relation relation = Relation::equal;
  std::string value;             ///< as written, without quotes
  std::optional<double> number;  ///< the same as a number or a size in bytes
};

/// An absolute rule: what every case that fulfils all conditions has to reach.
struct Rule {
  std::string name;  ///< the text where it was given none
  std::string text;
  std::string why;  ///< where the threshold comes from
  const Metric* metric = nullptr;
  Relation relation = Relation::at_least;
  double bound = 0;  ///< in the metric's unit
  std::vector<Condition> where;
  bool required = true;  ///< fails where no case fulfils the conditions
};

/// Answers "is my hardware all right?".
struct Rules {
  std::string name;
  std::vector<Rule> rules;
};

/// One rule, without its name:
///
///     rule       = METRIC operator bound [ "where" condition { "and" condition } ] ;
///     bound      = NUMBER [ UNIT ] ;              (* "340 GB/s", "340GB/s", "85 %" *)
///     condition  = field operator value ;
///     operator   = ">=" | "<=" | ">" | "<" | "=" | "!=" ;
///     field      = "suite" | "operation" | "backend" | "dtype" | "mode" | "device" | "transport"
///                | "ranks" | "bytes" | LABEL | "label." KEY ;
///     value      = NUMBER | SIZE | WORD | "'" TEXT "'" | '"' TEXT '"' ;
///
/// METRIC is one of metrics(). UNIT is of its dimension, with a prefix: ns us ms s; B/s and B with k M G T or Ki Mi Gi
/// Ti; FLOP/s with k M G T P; samples/s with k M; % of a share. Only 0 may go without. SIZE is as on the command line
/// (128MiB, 1GiB, 8), but not 128MB, whose meaning people differ on; a label's value of that look is quoted,
/// and is a word then. LABEL is a key that this program gives its cases (cache, sync, batch …); `label.` names any
/// other. A case without a label has an empty one, so `cache != warm` means the cold. Words with blanks or one of <>=!
/// are quoted. Only ranks, bytes and labels, the latter with a number or a size, are ordered; a label that is no number
/// is then neither above nor below.
///
/// Throws UsageError with the character at which it cannot go on, what is wrong there and what could stand there.
Rule parse_rule(std::string_view text);

/// A rules file: {"schema": "1.0", "name": "4 x H200, NVLink", "rules": [{"name": "all-reduce reaches the wire",
/// "rule": "busbw >= 340 GB/s where operation = all_reduce", "required": true, "why": "measured 353"}, …]}. Name,
/// required (true) and why may be absent; unknown fields are ignored. `source` is what errors call it. Throws
/// UsageError that names the rule and the place in it.
Rules rules_from_text(std::string_view text, std::string_view source);
/// Throws UsageError also where the file cannot be read.
Rules read_rules(const std::filesystem::path& path);

/// Whether the measured case is what the condition asks for.
bool holds(const Condition& condition, const Measurement& m);

/// A verdict for each rule and case that fulfils its conditions, the failed first, else in the order of the rules and
/// of the measurements. A case counts with the median over launches of its metric, and in a launch with the median of
/// its repetitions; a launch starts anew where repetitions do. A case fails also where any of its measurements was
/// skipped, has wrong data or has no such number. A rule on no case fails if it is required, and says which condition
/// no case was left for. Of more than 20,000 verdicts of a kind, failed or passed, a rule's number of further cases is
/// one. Throws UsageError where rules and measurements are so many that it would take hours.
std::vector<RuleVerdict> evaluate(const Rules& rules, std::span<const Measurement> measurements);

}  // namespace lanemark
