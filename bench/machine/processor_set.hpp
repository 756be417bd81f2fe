// SPDX-License-Identifier: MIT

#pragma once

#include <bitset>
#include <cstddef>

namespace lanemark {

/// Processors of a node, by their numbers: as many as the C library's fixed set holds.
constexpr std::size_t most_processors = 1024;
using ProcessorSet = std::bitset<most_processors>;

}  // namespace lanemark
