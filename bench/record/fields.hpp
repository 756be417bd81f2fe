#pragma once

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <concepts>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/core/error.hpp"

// Strict reading of JSON: the library itself turns -1 into 2^64 - 1 and 1.5 into 1 without a word.

namespace lanemark {

template <class T>
constexpr bool is_list = false;
template <class T>
constexpr bool is_list<std::vector<T>> = true;

/// Of a schema: "1" of "1.2".
inline std::string_view major_version(std::string_view schema) { return schema.substr(0, schema.find('.')); }

[[noreturn]] inline void refuse_field(std::string_view field, std::string_view why) {
  throw Error(fmt::format("field '{}' {}", field, why));
}

/// `value` as a T; `field` is what an error calls it.
template <class T>
T field_as(const nlohmann::json& value, std::string_view field) {
  if constexpr (std::same_as<T, std::string> || std::same_as<T, bool>) {
    if (std::same_as<T, bool> ? !value.is_boolean() : !value.is_string()) {
      refuse_field(field, std::same_as<T, bool> ? "is not true or false" : "is not a string");
    }
    return value.get<T>();
  } else if constexpr (std::integral<T>) {
    if (!value.is_number_integer()) refuse_field(field, "is not an integer");
    const bool fits = value.is_number_unsigned() ? std::in_range<T>(value.get<std::uint64_t>())
                                                 : std::in_range<T>(value.get<std::int64_t>());
    if (!fits) refuse_field(field, "is out of range");
    return value.get<T>();
  } else if constexpr (std::floating_point<T>) {
    if (!value.is_number()) refuse_field(field, "is not a number");
    return value.get<T>();
  } else {
    static_assert(is_list<T>);
    if (!value.is_array()) refuse_field(field, "is not a list");
    T list;
    list.reserve(value.size());
    for (const nlohmann::json& one : value) list.push_back(field_as<typename T::value_type>(one, field));
    return list;
  }
}

/// Throws Error if `object` is no object or lacks `field`.
inline const nlohmann::json& required(const nlohmann::json& object, std::string_view field) {
  if (!object.is_object()) throw Error(fmt::format("an object with field '{}' was expected", field));
  const auto found = object.find(field);
  if (found == object.end()) refuse_field(field, "is missing");
  return *found;
}

template <class T>
T required_as(const nlohmann::json& object, std::string_view field) {
  return field_as<T>(required(object, field), field);
}

/// `otherwise` where the field is absent.
template <class T>
T optional_as(const nlohmann::json& object, std::string_view field, T otherwise = {}) {
  const auto found = object.find(field);
  return found == object.end() ? otherwise : field_as<T>(*found, field);
}

/// An object whose fields are all strings.
inline std::map<std::string, std::string> texts_by_name(const nlohmann::json& object, std::string_view field) {
  std::map<std::string, std::string> texts;
  const nlohmann::json& all = required(object, field);
  if (!all.is_object()) refuse_field(field, "is not an object");
  for (const auto& [key, value] : all.items()) texts.emplace(key, field_as<std::string>(value, key));
  return texts;
}

/// Throws Error on a number that JSON cannot hold.
inline double finite(double value, std::string_view field) {
  if (!std::isfinite(value)) refuse_field(field, "is not finite and cannot be recorded");
  return value;
}

}  // namespace lanemark
