// SPDX-License-Identifier: MIT

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bench/measurement/measurement.hpp"

namespace lanemark {

/// What of a case a rule's condition may speak of, besides its labels.
struct RuleField {
  enum class Kind { word, count, size };
  std::string_view name;
  Kind kind;
  std::string (*text)(const Measurement& m);
};

std::span<const RuleField> rule_fields();
/// Null where there is none of this name.
const RuleField* rule_field(std::string_view name);

/// Keys of labels that may stand without "label.": those that suites give their cases.
std::span<const std::string_view> known_label_keys();

constexpr std::string_view label_prefix = "label.";

/// What the case has as a field or as "label.KEY"; empty where it has no such label.
std::string field_text(const Measurement& m, std::string_view field);

/// A size whose unit some read as decimal and others as binary, or as bits: "128MB", "4kB", "1gb". Not "128MiB", nor
/// "128M", which is binary everywhere here.
bool has_two_readings(std::string_view text);

/// "512", "0.5", and with a binary unit "25MiB"; nothing for words.
std::optional<double> number_or_size(std::string_view text);

}  // namespace lanemark
