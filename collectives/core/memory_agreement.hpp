// SPDX-License-Identifier: MIT

#pragma once

#include <functional>
#include <optional>
#include <string>

#include "collectives/core/world.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {

/// Some rank found too little memory; thrown on all ranks of a case together, so that they go on together.
class OutOfMemoryTogether : public OutOfMemory {
 public:
  using OutOfMemory::OutOfMemory;
};

/// Calls `work`, which is local. Where it finds too little memory on any rank, of a device or of the host, for objects
/// or for threads, throws OutOfMemoryTogether on all. Collective, over all parts where `world` is a part of a split. A
/// rank that ran out of memory alone in the midst of what all do together would leave the others waiting: so memory is
/// taken in here, and what follows finds it.
void take_memory(const World& world, const std::function<void()>& work);

/// Calls `work`, which all ranks go through together. What `take_memory` found lacking in it, the same on all ranks, or
/// nothing.
std::optional<std::string> lack_in(const std::function<void()>& work);

}  // namespace lanemark
