// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "bench/gate/rule_fields.hpp"
#include "bench/gate/rule_tokens.hpp"
#include "bench/gate/rule_units.hpp"
#include "bench/gate/rules.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// What stands there, for a message.
std::string found(const Token& token) {
  return token.kind == Token::Kind::end ? "the rule ends" : fmt::format("{} stands", in_quotes(token.text));
}

Token expect_word(Tokens& tokens, std::string_view what) {
  if (tokens.next().kind != Token::Kind::word) {
    refuse_at(tokens.next().at, fmt::format("{} where {} was expected", found(tokens.next()), what));
  }
  return tokens.take();
}

Relation take_relation(Tokens& tokens) {
  using enum Relation;
  constexpr std::array<std::pair<std::string_view, Relation>, 6> known{
      {{">=", at_least}, {"<=", at_most}, {">", more}, {"<", less}, {"=", equal}, {"!=", different}}};
  const Token& token = tokens.next();
  const auto* const match = std::ranges::find(known, token.text, &std::pair<std::string_view, Relation>::first);
  if (token.kind != Token::Kind::sign || match == known.end()) {
    refuse_at(token.at, fmt::format("{} where one of >= <= > < = != was expected", found(token)));
  }
  tokens.take();
  return match->second;
}

const Metric& take_metric(Tokens& tokens) {
  const Token token = expect_word(tokens, "a metric, e.g. busbw,");
  try {
    return metric(token.text);
  } catch (const UsageError& error) {
    refuse_at(token.at, error.what());
  }
}

/// The number, with what follows it in the same word or the next as its unit.
double take_bound(Tokens& tokens, const Metric& metric) {
  const Token token = expect_word(tokens, "a number");
  double number = 0;
  const char* const end = token.text.data() + token.text.size();
  const auto [rest, status] = std::from_chars(token.text.data(), end, number);
  if (status != std::errc{} || !std::isfinite(number)) {
    refuse_at(token.at, fmt::format("{} is no number; write e.g. 340", in_quotes(token.text)));
  }
  Token unit{.kind = Token::Kind::word,
             .text = {rest, static_cast<std::size_t>(end - rest)},
             .at = token.at + static_cast<std::size_t>(rest - token.text.data())};
  if (unit.text.empty() && tokens.next().kind == Token::Kind::word && !tokens.at_word("where")) unit = tokens.take();
  if (unit.text.empty()) {
    if (number == 0) return number;
    if (!metric.unit.empty())
      refuse_at(unit.at, fmt::format("{} needs a unit; write {}", metric.name, units_of(metric)));
    const double percents = std::abs(number) > 1 ? number : 100 * number;
    refuse_at(unit.at,
              fmt::format("{} needs a unit, as 50 could be 50 % or 5000 %; write e.g. {:g} %", metric.name, percents));
  }
  try {
    number *= unit_factor(metric, unit.text);
  } catch (const UsageError& error) {
    refuse_at(unit.at, error.what());
  }
  if (!std::isfinite(number)) refuse_at(token.at, "the number is too large; write a smaller one");
  return number;
}

std::string take_field(Tokens& tokens) {
  const Token token = expect_word(tokens, "a field, e.g. operation,");
  if (rule_field(token.text) != nullptr) return std::string{token.text};
  if (token.text.starts_with(label_prefix) && token.text != label_prefix) return std::string{token.text};
  const auto labels = known_label_keys();
  if (std::ranges::find(labels, token.text) != labels.end()) return fmt::format("{}{}", label_prefix, token.text);
  std::string fields;
  for (const RuleField& one : rule_fields()) fields += fmt::format("{}, ", one.name);
  std::string keys;
  for (const std::string_view key : labels) keys += fmt::format(", {}", key);
  refuse_at(token.at, fmt::format("unknown field {}; known: {}the labels {}; any other label as label.KEY",
                                  in_quotes(token.text), fields, keys.substr(2)));
}

double size_value(const Token& token) {
  if (has_two_readings(token.text)) {
    refuse_at(token.at,
              fmt::format("{} is read as decimal by some and as binary by others; write e.g. 128MiB, or bytes "
                          "without a unit",
                          in_quotes(token.text)));
  }
  try {
    return static_cast<double>(parse_bytes(token.text).value);
  } catch (const UsageError& error) {
    refuse_at(token.at, error.what());
  }
}

std::optional<double> number_of(const Token& token, const std::string& field) {
  const RuleField* const known = rule_field(field);
  if (known == nullptr) {
    // A label's value may be such a word; in quotes it is one.
    if (!has_two_readings(token.text)) return number_or_size(token.text);
    return token.kind == Token::Kind::quoted ? std::nullopt : std::optional{size_value(token)};
  }
  if (known->kind == RuleField::Kind::word) return std::nullopt;
  if (known->kind == RuleField::Kind::size) return size_value(token);
  int count = 0;
  const char* const end = token.text.data() + token.text.size();
  const auto [rest, status] = std::from_chars(token.text.data(), end, count);
  if (status == std::errc{} && rest == end) return count;
  refuse_at(token.at, fmt::format("{} is no whole number, which {} is; write e.g. 4", in_quotes(token.text), field));
}

Condition take_condition(Tokens& tokens) {
  const std::size_t begin = tokens.next().at;
  Condition condition;
  condition.field = take_field(tokens);
  const std::size_t sign = tokens.next().at;
  condition.relation = take_relation(tokens);
  const Token& next = tokens.next();
  if (tokens.at_word("and") || tokens.at_word("where")) {
    refuse_at(next.at,
              fmt::format("{0} stands where a value was expected; if it is one, quote it: {0}", in_quotes(next.text)));
  }
  if (next.kind != Token::Kind::quoted && next.kind != Token::Kind::word) {
    refuse_at(next.at, fmt::format("{} where a value was expected, e.g. 4, 128MiB, nccl", found(next)));
  }
  const Token token = tokens.take();
  condition.value = token.text;
  condition.number = number_of(token, condition.field);
  const bool ordered = condition.relation != Relation::equal && condition.relation != Relation::different;
  if (ordered && !condition.number)
    refuse_at(sign, fmt::format("{} is a word; words are only = or !=", in_quotes(token.text)));
  condition.text = tokens.written(begin);
  return condition;
}

}  // namespace

Rule parse_rule(std::string_view text) {
  Tokens tokens{text};
  Rule rule;
  rule.text = text;
  rule.name = text;
  rule.metric = &take_metric(tokens);
  rule.relation = take_relation(tokens);
  rule.bound = take_bound(tokens, *rule.metric);
  std::string_view joint = "where";
  while (tokens.next().kind != Token::Kind::end) {
    if (!tokens.at_word(joint)) {
      refuse_at(tokens.next().at, fmt::format("{} where '{}' or the end was expected; words with blanks are quoted",
                                              found(tokens.next()), joint));
    }
    tokens.take();
    rule.where.push_back(take_condition(tokens));
    joint = "and";
  }
  return rule;
}

}  // namespace lanemark
