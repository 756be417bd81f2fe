// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <functional>

namespace lanemark {

/// Cuts [0, count) into a range for each processor of this process, and calls `work(first, last)` for each in a thread
/// of its own; the caller waits. Little work stays in the calling thread.
void for_ranges(std::size_t count, const std::function<void(std::size_t first, std::size_t last)>& work);

}  // namespace lanemark
