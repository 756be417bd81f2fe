// SPDX-License-Identifier: MIT

#include "bench/gate/rule_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

using enum RuleField::Kind;

constexpr std::array<RuleField, 9> table{{
    {"suite", word, [](const Measurement& m) { return m.what.suite; }},
    {"operation", word, [](const Measurement& m) { return m.what.operation; }},
    {"backend", word, [](const Measurement& m) { return m.what.backend; }},
    {"dtype", word, [](const Measurement& m) { return m.what.dtype; }},
    {"mode", word, [](const Measurement& m) { return m.what.mode; }},
    {"device", word, [](const Measurement& m) { return m.device; }},
    {"transport", word, [](const Measurement& m) { return m.transport; }},
    {"ranks", count, [](const Measurement& m) { return fmt::format("{}", m.what.ranks); }},
    {"bytes", size, [](const Measurement& m) { return size_text(m.what); }},
}};

constexpr std::array<std::string_view, 19> shipped_label_keys{
    "algo", "batch", "buffers", "cache", "cap",  "compute", "gpu",   "graph", "in_place", "misaligned",
    "op",   "pair",  "proto",   "rank",  "root", "scaling", "shape", "split", "sync"};

}  // namespace

std::span<const RuleField> rule_fields() { return table; }

const RuleField* rule_field(std::string_view name) {
  const auto* const found = std::ranges::find(table, name, &RuleField::name);
  return found == table.end() ? nullptr : found;
}

std::span<const std::string_view> known_label_keys() { return shipped_label_keys; }

std::string field_text(const Measurement& m, std::string_view field) {
  if (field.starts_with(label_prefix)) return label(m.what, field.substr(label_prefix.size()));
  const RuleField* const known = rule_field(field);
  if (known == nullptr) throw Error(fmt::format("a condition on {}, which is no field", in_quotes(field)));
  return known->text(m);
}

bool has_two_readings(std::string_view text) {
  constexpr std::string_view prefixes = "kKmMgGtT";
  const std::size_t digits = text.find_first_not_of("0123456789.");
  if (digits == 0 || digits == std::string_view::npos) return false;
  const std::string_view unit = text.substr(digits);
  return unit.size() == 2 && prefixes.find(unit[0]) != std::string_view::npos && (unit[1] == 'B' || unit[1] == 'b');
}

std::optional<double> number_or_size(std::string_view text) {
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || !std::isfinite(value)) return std::nullopt;
  if (end == text.data() + text.size()) return value;
  try {
    return static_cast<double>(parse_bytes(text).value);
  } catch (const UsageError&) {
    return std::nullopt;
  }
}

}  // namespace lanemark
