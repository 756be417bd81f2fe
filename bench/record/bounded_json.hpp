// SPDX-License-Identifier: MIT

#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string_view>

#include "kernels/core/error.hpp"

namespace lanemark {

/// A text is no JSON, or is cut off.
class NotJson : public Error {
 public:
  using Error::Error;
};

/// What a text may take of memory: it is larger as JSON than as text, by what each value needs.
struct JsonLimits {
  std::size_t bytes = std::size_t{1} << 27U;
  std::size_t values = std::size_t{1} << 23U;  ///< numbers, texts, lists, objects, all together
};

/// Lists and objects within each other. A record has five.
inline constexpr std::size_t most_json_depth = 64;

/// The text as JSON: the only way in which lanemark reads any. Throws NotJson, and Error where it is larger than the
/// limits, has more lists and texts than its size makes likely, is nested deeper than most_json_depth, or has a key
/// twice in an object, of which the library would take the last.
nlohmann::json parse_json(std::string_view text, const JsonLimits& limits = {});

}  // namespace lanemark
