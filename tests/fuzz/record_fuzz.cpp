#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "bench/record/json.hpp"
#include "bench/record/store.hpp"
#include "kernels/core/error.hpp"

// Any bytes as a launch's record: refused with an Error, or a launch that says the same once it is written again.

namespace {

using namespace lanemark;

std::string written(const Launch& launch) {
  std::string text = to_json(launch.header).dump() + '\n';
  for (const Measurement& m : launch.measurements) text += to_json(m).dump() + '\n';
  if (launch.footer) text += to_json(*launch.footer).dump() + '\n';
  return text;
}

}  // namespace

// libFuzzer's name for it.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const std::string once = written(read_launch_text({reinterpret_cast<const char*>(data), size}, "record"));
    if (written(read_launch_text(once, "written")) != once) std::abort();
  } catch (const lanemark::Error&) {
  }
  return 0;
}
