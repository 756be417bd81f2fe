// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <string>
#include <vector>

#include "bench/record/gpu_state.hpp"
#include "collectives/core/place.hpp"

// Which GPUs are shared by ranks of the launch, in words; empty where none is.

namespace lanemark {

/// "GPU 0000:1B:00.0 is shared by ranks 0 and 1".
std::string shared_gpus_text(std::span<const Place> places);

/// What a record tells: "GPU 0000:1B:00.0 is shared by 2 ranks".
std::string shared_gpus_text(const std::vector<GpuState>& states);

}  // namespace lanemark
