// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "bench/gate/baseline.hpp"
#include "kernels/core/error.hpp"

// Any bytes as a file of a machine's baseline: refused with an Error, or a baseline that says the same once it is
// written again.

// libFuzzer's name for it.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lanemark;
  try {
    const std::string once = to_json(baseline_from_text({reinterpret_cast<const char*>(data), size})).dump();
    if (to_json(baseline_from_text(once)).dump() != once) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
