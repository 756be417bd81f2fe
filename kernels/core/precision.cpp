// SPDX-License-Identifier: MIT

#include "kernels/core/precision.hpp"

#include "kernels/core/names.hpp"

namespace lanemark {
namespace {

constexpr std::array<std::string_view, all_precisions.size()> names{"float", "tf32", "bfloat16"};

}  // namespace

std::string_view name(Precision precision) { return names.at(static_cast<std::size_t>(precision)); }
Precision parse_precision(std::string_view text) { return parse_name<Precision>("type", text, names); }

}  // namespace lanemark
