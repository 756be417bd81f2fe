// SPDX-License-Identifier: MIT

#pragma once

#include <nccl.h>

#include <source_location>

namespace lanemark {

/// Throws Error with NCCL's own message and, where known, the usual cause and cure.
void check(ncclResult_t status, std::source_location where = std::source_location::current());

}  // namespace lanemark
