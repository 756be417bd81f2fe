// SPDX-License-Identifier: MIT

#include "bench/gate/case_verdict.hpp"

#include <array>

namespace lanemark {
namespace {

constexpr std::array<std::string_view, 7> outcome_names{"WRONG DATA", "REGRESSED", "INCONCLUSIVE", "NO BASELINE",
                                                        "MISSING",    "IMPROVED",  "SAME"};

}  // namespace

std::string_view name(Outcome outcome) { return outcome_names.at(static_cast<std::size_t>(outcome)); }

}  // namespace lanemark
