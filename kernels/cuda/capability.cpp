// SPDX-License-Identifier: MIT

#include "kernels/cuda/capability.hpp"

#include <map>
#include <mutex>

#include "kernels/cuda/check.hpp"

namespace lanemark {
namespace {

Capability ask(int ordinal) {
  const auto attribute = [ordinal](cudaDeviceAttr which) {
    int value = 0;
    check(cudaDeviceGetAttribute(&value, which, ordinal));
    return value;
  };
  return {attribute(cudaDevAttrComputeCapabilityMajor), attribute(cudaDevAttrComputeCapabilityMinor),
          static_cast<unsigned>(attribute(cudaDevAttrMultiProcessorCount))};
}

}  // namespace

Capability capability(Device gpu) {
  static std::mutex mutex;
  static std::map<int, Capability> known;
  const std::lock_guard lock{mutex};
  const auto found = known.find(gpu.ordinal);
  return found != known.end() ? found->second : known.emplace(gpu.ordinal, ask(gpu.ordinal)).first->second;
}

}  // namespace lanemark
