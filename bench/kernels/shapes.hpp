// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/kernels/kernel.hpp"

namespace lanemark {

/// Sizes that a family is measured at where none are asked for, on GPUs and on CPUs.
std::vector<std::string> usual_shapes(KernelFamily family, bool host);

/// So many sizes of products or convolutions, multiples of 8; none of other families. The same for all kernels of a
/// family, so that they can be compared, and each the same however many are asked for.
std::vector<std::string> random_shapes(KernelFamily family, bool host, std::uint64_t count, std::uint64_t seed);

}  // namespace lanemark
