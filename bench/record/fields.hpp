// SPDX-License-Identifier: MIT

#pragma once

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/record/range.hpp"
#include "kernels/core/error.hpp"

// Strict reading of JSON: the library itself turns -1 into 2^64 - 1 and 1.5 into 1 without a word. No field is read
// without its bounds (bounds.hpp), so that none can be forgotten. All throw Error that names the field.

namespace lanemark {

/// Of a schema: "1" of "1.2".
inline std::string_view major_version(std::string_view schema) { return schema.substr(0, schema.find('.')); }

[[noreturn]] inline void refuse_field(std::string_view field, std::string_view why) {
  throw Error(fmt::format("field '{}' {}", field, why));
}

// ---- a value; `field` is what an error calls it, `is` "is", or "has one" of a list ----

template <class T>
void require_within(T value, std::string_view field, const Range<T>& range, std::string_view is = "is") {
  if (value >= range.least && value <= range.most) return;
  if (value < 0 && range.least >= 0) refuse_field(field, fmt::format("{} below 0: {}", is, value));
  if (value < range.least) refuse_field(field, fmt::format("{} below {}: {}", is, range.least, value));
  refuse_field(field, fmt::format("{} above {}: {}", is, range.most, value));
}

template <class T>
T number_in(const nlohmann::json& value, std::string_view field, const Range<T>& range, std::string_view is = "is") {
  if constexpr (std::integral<T>) {
    if (!value.is_number_integer()) refuse_field(field, fmt::format("{} not an integer", is));
    const bool fits = value.is_number_unsigned() ? std::in_range<T>(value.get<std::uint64_t>())
                                                 : std::in_range<T>(value.get<std::int64_t>());
    if (!fits) refuse_field(field, fmt::format("{} out of range: {}", is, value.dump()));
  } else {
    static_assert(std::floating_point<T>);
    if (!value.is_number()) refuse_field(field, fmt::format("{} not a number", is));
  }
  const T number = value.get<T>();
  require_within(number, field, range, is);
  return number;
}

bool truth(const nlohmann::json& value, std::string_view field);
/// Of at most so many characters.
std::string text_in(const nlohmann::json& value, std::string_view field, std::size_t characters);
/// A list of at most so many.
const nlohmann::json& list_in(const nlohmann::json& value, std::string_view field, std::size_t entries);

// ---- a field of an object ----

/// Throws Error if `object` is no object or lacks `field`.
const nlohmann::json& required(const nlohmann::json& object, std::string_view field);
/// Null where the field is absent.
const nlohmann::json* find_field(const nlohmann::json& object, std::string_view field);

template <class T>
T required_in(const nlohmann::json& object, std::string_view field, const Range<T>& range) {
  return number_in(required(object, field), field, range);
}

template <class T>
std::optional<T> optional_in(const nlohmann::json& object, std::string_view field, const Range<T>& range) {
  const nlohmann::json* const found = find_field(object, field);
  return found == nullptr ? std::nullopt : std::optional{number_in(*found, field, range)};
}

template <class T>
std::vector<T> required_list(const nlohmann::json& object, std::string_view field, std::size_t entries,
                             const Range<T>& range) {
  const nlohmann::json& list = list_in(required(object, field), field, entries);
  std::vector<T> all;
  all.reserve(list.size());
  for (const nlohmann::json& one : list) all.push_back(number_in(one, field, range, "has one"));
  return all;
}

std::string required_text(const nlohmann::json& object, std::string_view field, std::size_t characters);
/// Empty where the field is absent.
std::string optional_text(const nlohmann::json& object, std::string_view field, std::size_t characters);
bool required_truth(const nlohmann::json& object, std::string_view field);
bool optional_truth(const nlohmann::json& object, std::string_view field, bool otherwise = false);
std::vector<std::string> required_texts(const nlohmann::json& object, std::string_view field, std::size_t entries,
                                        std::size_t characters);
/// Empty where the field is absent.
std::vector<std::string> optional_texts(const nlohmann::json& object, std::string_view field, std::size_t entries,
                                        std::size_t characters);
/// The list, or null where the field is absent.
const nlohmann::json* optional_list(const nlohmann::json& object, std::string_view field, std::size_t entries);
const nlohmann::json& required_object(const nlohmann::json& object, std::string_view field, std::size_t entries);
/// An object whose fields are all texts.
std::map<std::string, std::string> texts_by_name(const nlohmann::json& object, std::string_view field,
                                                 std::size_t characters);

/// "2026-01-31T09:30:00Z", UTC; nothing for any other text.
std::optional<std::chrono::sys_seconds> moment_of(std::string_view text);

/// An id of 16 hexadecimal digits; `of` is whose: "a launch".
std::string required_id(const nlohmann::json& object, std::string_view field, std::string_view of);
bool is_id(std::string_view text);
/// A moment in UTC as utc_now writes it, which exists.
std::string required_moment(const nlohmann::json& object, std::string_view field);

/// Throws Error on a number that JSON cannot hold.
double finite(double value, std::string_view field);

}  // namespace lanemark
