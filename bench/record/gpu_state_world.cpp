// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>

#include "bench/record/bounded_json.hpp"
#include "bench/record/gather_texts.hpp"
#include "bench/record/gpu_state.hpp"
#include "kernels/core/registry.hpp"
#include "kernels/core/stream.hpp"

namespace lanemark {

using nlohmann::json;

std::vector<GpuState> gpu_states(const World& world) {
  if (world.device().kind == DeviceKind::host) return {};
  const Stream context{world.device()};
  return gpu_states_in_use(world);
}

std::vector<GpuState> gpu_states_in_use(const World& world) {
  if (world.device().kind == DeviceKind::host) return {};
  const DeviceProperties device = properties(world.device());
  GpuState mine;
  mine.rank = world.rank();
  mine.name = device.name;
  mine.bus_id = device.bus_id;
  // Ranks that share a GPU are told from others by their number, so each must be there before any counts.
  world.barrier();
  for (const GpuStateSource* source : Registry<GpuStateSource>::all()) source->read(mine);
  std::vector<GpuState> all;
  for (const std::string& text :
       gather_texts(world, to_json(mine).dump(-1, ' ', false, json::error_handler_t::replace))) {
    all.push_back(gpu_state_from_json(parse_json(text)));
  }
  count_own_ranks(all, world.places());
  return all;
}

}  // namespace lanemark
