#pragma once

#include <filesystem>

#include "kernels/core/units.hpp"

namespace lanemark {

/// Bytes this process can still touch before Linux kills something: the kernel's MemAvailable, or what the
/// tightest control group around the process leaves, page cache counted as free. Linux grants requests far beyond
/// it, so an allocation asks here first. `root` is where proc/ and sys/ lie. The largest number where neither
/// says anything.
Bytes available_memory(const std::filesystem::path& root = "/");

}  // namespace lanemark
