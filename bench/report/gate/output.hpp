// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "bench/gate/verdict.hpp"

namespace lanemark {

/// A file that a gate can write for another program to read; each registers itself from its own file.
struct GateOutput {
  std::string_view name;  ///< as flags spell it: "junit"
  std::string_view what;
  std::string (*render)(std::span<const Judgement> judgements);  ///< one for each fingerprint; a pure function
  bool beside_others = false;  ///< its readers put files of several gates together, which need different names
};

}  // namespace lanemark
