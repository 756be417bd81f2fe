// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <string_view>

namespace lanemark {

/// A PCI address in the one form in which two of them can be compared: capitals, and the domain in four digits unless
/// it needs more. CUDA, NVML and the kernel write "0000:1B:00.0", "00000000:1B:00.0" and "0000:1b:00.0" for one GPU.
/// Text that is no such address keeps its words, in capitals.
std::string canonical_bus_id(std::string_view text);

}  // namespace lanemark
