// SPDX-License-Identifier: MIT

#pragma once

#include <nlohmann/json.hpp>

#include <string>

#include "bench/gate/baseline.hpp"
#include "tests/bench/text/texts.hpp"

namespace lanemark {

/// What a baseline's text is refused with; empty where it is read.
inline std::string baseline_error(const nlohmann::json& object) {
  return error_of<Error>([&] { baseline_from_json(object); });
}

}  // namespace lanemark
