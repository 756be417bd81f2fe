// SPDX-License-Identifier: MIT

#pragma once

#include <filesystem>

#include "kernels/core/units.hpp"

namespace lanemark {

/// Bytes this process can still touch before Linux kills something: the kernel's MemAvailable, or what the
/// tightest control group around the process leaves, page cache counted as free. Linux grants requests far beyond
/// it, so an allocation asks here first. `root` is where proc/ and sys/ lie. The largest number where neither
/// says anything.
Bytes available_memory(const std::filesystem::path& root = "/");

/// Bytes that this process may still ask for under limits of its own (ulimit -v and -d), which others do not share. The
/// largest number where there are none.
Bytes room_of_process(const std::filesystem::path& root = "/");

}  // namespace lanemark
