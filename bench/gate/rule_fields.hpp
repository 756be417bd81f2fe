#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bench/measurement.hpp"

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

/// "512", "0.5", and with a binary unit "25MiB"; nothing for words.
std::optional<double> number_or_size(std::string_view text);

}  // namespace lanemark
