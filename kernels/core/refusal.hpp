// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>

#include "kernels/core/device.hpp"

// Where memory is lacking is a matter of the machine and the moment; what happens then must not be. A test says which
// of the requests to come is to find none. Nothing but code can: there is no flag and no variable for it.

namespace lanemark {

/// Of the requests for memory that this process makes from now on, refuses `count` from the `first` on (1: the next).
/// 0, as at the start: none.
void refuse_requests(std::uint64_t first, std::uint64_t count = 1);

/// Requests since then.
std::uint64_t requests_made();

/// Called by whatever takes memory of a device, or host memory placed for it, before it does. Throws OutOfMemory where
/// the request is to be refused.
void request_memory(Device device, Bytes size);

}  // namespace lanemark
