// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "bench/record/json.hpp"
#include "bench/record/store.hpp"
#include "bench/report/sections.hpp"
#include "kernels/core/error.hpp"

// Any bytes as a launch's record: refused with an Error, or a launch that says the same once it is
// written again, and of which tables can be drawn.

namespace {

using namespace lanemark;

std::string written(const Launch& launch) {
  std::string text = to_json(launch.header).dump() + '\n';
  for (const Measurement& m : launch.measurements) text += to_json(m).dump() + '\n';
  if (launch.footer) text += to_json(*launch.footer).dump() + '\n';
  return text;
}

/// No figure is infinite or no number, and no table much larger than the record.
bool sound(const Launch& launch) {
  const SingleRanks alone{launch.measurements};
  for (const Measurement& m : launch.measurements) {
    if (!measured(m)) continue;
    for (const double figure :
         {median(m).count(), p99(m).count(), bus_bandwidth(m).value, share_of_limit(m).value_or(0),
          samples_per_second(m), m.work.flops.value / median(m).count(), relative_precision(m.samples).value_or(0),
          straggler(m).share, exposed_communication(m).value_or(Seconds{}).count(), speed_up(m, alone).value_or(0)}) {
      if (!std::isfinite(figure) || figure < 0) return false;
    }
  }
  constexpr std::size_t most_table = std::size_t{1} << 24U;
  return pairs_section(launch.measurements, Format::text).size() < most_table;
}

}  // namespace

// libFuzzer's name for it.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const Launch launch = read_launch_text({reinterpret_cast<const char*>(data), size}, "record");
    const std::string once = written(launch);
    if (written(read_launch_text(once, "written")) != once) std::abort();
    if (!sound(launch)) std::abort();
  } catch (const lanemark::Error&) {
  }
  return 0;
}
