// SPDX-License-Identifier: MIT

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <string>

#include "bench/doctor/part.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

std::string cuda_version(int number) { return fmt::format("{}.{}", number / 1000, number % 1000 / 10); }

std::vector<Finding> driver_findings(const World& /*world*/) {
  Findings findings{"driver"};
  int driver = 0;
  int runtime = 0;
  if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0) {
    findings.note("no NVIDIA driver: only the host device can be measured (--device host)",
                  "install the driver; in a container, start it with the GPUs (docker --gpus all)");
    return findings.take();
  }
  static_cast<void>(cudaRuntimeGetVersion(&runtime));
  const std::string both = fmt::format("the driver serves CUDA {}, this program uses CUDA {} (toolkit {})",
                                       cuda_version(driver), cuda_version(runtime), cuda_version(CUDART_VERSION));
  constexpr int major = 1000;
  if (driver >= runtime) {
    findings.ok(both);
  } else if (driver / major == runtime / major) {
    findings.note(both + ": they work together, without what the newer minor version added",
                  "update the driver for the best results");
  } else {
    findings.problem(both + ": no GPU can be used", "update the driver, or build with an older CUDA toolkit");
  }
  return findings.take();
}

const Registered<DoctorPart> driver_part{{.name = "driver", .order = 3, .run = driver_findings}};

}  // namespace
}  // namespace lanemark
