#include "bench/record/gather_texts.hpp"
#include "bench/record/gpu_state.hpp"
#include "kernels/core/registry.hpp"
#include "kernels/core/stream.hpp"

namespace lanemark {

using nlohmann::json;

std::vector<GpuState> gpu_states(const World& world) {
  if (world.device().kind == DeviceKind::host) return {};
  const DeviceProperties device = properties(world.device());
  const Stream context{world.device()};
  GpuState mine;
  mine.rank = world.rank();
  mine.name = device.name;
  mine.bus_id = device.bus_id;
  for (const GpuStateSource* source : Registry<GpuStateSource>::all()) source->read(mine);
  std::vector<GpuState> all;
  for (const std::string& text :
       gather_texts(world, to_json(mine).dump(-1, ' ', false, json::error_handler_t::replace))) {
    all.push_back(gpu_state_from_json(json::parse(text)));
  }
  return all;
}

}  // namespace lanemark
