// SPDX-License-Identifier: MIT

#include "bench/record/fields.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

#include "bench/record/bounds.hpp"
#include "bench/text/characters.hpp"
#include "bench/text/shown.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

constexpr std::size_t id_digits = 16;

/// Digits of `text` that stand at `at`.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  int number = 0;
  std::from_chars(text.data() + at, text.data() + at + count, number);
  return number;
}

}  // namespace

bool truth(const json& value, std::string_view field) {
  if (!value.is_boolean()) refuse_field(field, "is not true or false");
  return value.get<bool>();
}

std::string text_in(const json& value, std::string_view field, std::size_t characters) {
  if (!value.is_string()) refuse_field(field, "is not a string");
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() > characters && character_count(text) > characters) {
    refuse_field(field, fmt::format("has {} characters, more than {}", character_count(text), characters));
  }
  return text;
}

const json& list_in(const json& value, std::string_view field, std::size_t entries) {
  if (!value.is_array()) refuse_field(field, "is not a list");
  if (value.size() > entries) refuse_field(field, fmt::format("has {} entries, more than {}", value.size(), entries));
  return value;
}

const json& required(const json& object, std::string_view field) {
  if (!object.is_object()) throw Error(fmt::format("an object with field '{}' was expected", field));
  const auto found = object.find(field);
  if (found == object.end()) refuse_field(field, "is missing");
  return *found;
}

const json* find_field(const json& object, std::string_view field) {
  const auto found = object.find(field);
  return found == object.end() ? nullptr : &*found;
}

std::string required_text(const json& object, std::string_view field, std::size_t characters) {
  return text_in(required(object, field), field, characters);
}

std::string optional_text(const json& object, std::string_view field, std::size_t characters) {
  const json* const found = find_field(object, field);
  return found == nullptr ? std::string{} : text_in(*found, field, characters);
}

bool required_truth(const json& object, std::string_view field) { return truth(required(object, field), field); }

bool optional_truth(const json& object, std::string_view field, bool otherwise) {
  const json* const found = find_field(object, field);
  return found == nullptr ? otherwise : truth(*found, field);
}

std::vector<std::string> required_texts(const json& object, std::string_view field, std::size_t entries,
                                        std::size_t characters) {
  std::vector<std::string> texts;
  for (const json& one : list_in(required(object, field), field, entries)) {
    texts.push_back(text_in(one, field, characters));
  }
  return texts;
}

std::vector<std::string> optional_texts(const json& object, std::string_view field, std::size_t entries,
                                        std::size_t characters) {
  if (find_field(object, field) == nullptr) return {};
  return required_texts(object, field, entries, characters);
}

const json* optional_list(const json& object, std::string_view field, std::size_t entries) {
  const json* const found = find_field(object, field);
  return found == nullptr ? nullptr : &list_in(*found, field, entries);
}

const json& required_object(const json& object, std::string_view field, std::size_t entries) {
  const json& found = required(object, field);
  if (!found.is_object()) refuse_field(field, "is not an object");
  if (found.size() > entries) refuse_field(field, fmt::format("has {} entries, more than {}", found.size(), entries));
  return found;
}

std::map<std::string, std::string> texts_by_name(const json& object, std::string_view field, std::size_t characters) {
  std::map<std::string, std::string> texts;
  for (const auto& [key, value] : required_object(object, field, bounds::names).items()) {
    if (character_count(key) > bounds::word) {
      refuse_field(field, fmt::format("has a name of {} characters, more than {}", character_count(key), bounds::word));
    }
    texts.emplace(key, text_in(value, key, characters));
  }
  return texts;
}

bool is_id(std::string_view text) {
  return text.size() == id_digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string required_id(const json& object, std::string_view field, std::string_view of) {
  std::string text = required_text(object, field, bounds::word);
  if (is_id(text)) return text;
  refuse_field(field, fmt::format("is no id of {}, which has {} hexadecimal digits: {}", of, id_digits, shown(text)));
}

std::optional<std::chrono::sys_seconds> moment_of(std::string_view text) {
  constexpr std::string_view shape = "0000-00-00T00:00:00Z";
  if (text.size() != shape.size()) return std::nullopt;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == '0' ? !digit : text[i] != shape[i]) return std::nullopt;
  }
  using namespace std::chrono;
  const year_month_day date{year{digits(text, 0, 4)}, month{static_cast<unsigned>(digits(text, 5, 2))},
                            day{static_cast<unsigned>(digits(text, 8, 2))}};
  const hours hour{digits(text, 11, 2)};
  const minutes minute{digits(text, 14, 2)};
  const seconds second{digits(text, 17, 2)};
  if (!date.ok() || hour >= days{1} || minute >= hours{1} || second >= minutes{1}) return std::nullopt;
  return sys_days{date} + hour + minute + second;
}

std::string required_moment(const json& object, std::string_view field) {
  std::string text = required_text(object, field, bounds::word);
  if (moment_of(text)) return text;
  refuse_field(field, fmt::format("is no moment in UTC such as 2026-01-31T09:30:00Z: {}", shown(text)));
}

double finite(double value, std::string_view field) {
  if (!std::isfinite(value)) refuse_field(field, "is not finite and cannot be recorded");
  return value;
}

}  // namespace lanemark
