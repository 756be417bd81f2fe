// SPDX-License-Identifier: MIT

#pragma once

#include <nlohmann/json_fwd.hpp>

#include "bench/machine/gpu_use.hpp"
#include "bench/machine/processor_use.hpp"

// What else a machine did meanwhile, in records. Readers throw Error that names a field which is missing, ill-typed,
// out of its bounds or at odds with another.

namespace lanemark {

nlohmann::json to_json(const ProcessorUse& use);
ProcessorUse processor_use_from_json(const nlohmann::json& object);

/// Without clocks that no GPU can have.
nlohmann::json to_json(const GpuUse& use);
GpuUse gpu_use_from_json(const nlohmann::json& object);

}  // namespace lanemark
