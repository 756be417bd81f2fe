// SPDX-License-Identifier: MIT

#include <cuda_runtime_api.h>
#include <fmt/format.h>
#include <nccl.h>

#include "bench/record/versions.hpp"
#include "kernels/core/registry.hpp"
#include "kernels/cuda/nvml.hpp"

namespace lanemark {
namespace {

std::string cuda_version(int number) { return fmt::format("{}.{}", number / 1000, number % 1000 / 10); }

/// The newest CUDA that the driver serves; "" without a driver.
std::string driver() {
  int number = 0;
  return cudaDriverGetVersion(&number) == cudaSuccess && number > 0 ? cuda_version(number) : "";
}

std::string runtime() {
  int number = 0;
  return cudaRuntimeGetVersion(&number) == cudaSuccess ? cuda_version(number) : "";
}

std::string gpu_driver() {
  const Nvml* nvml = Nvml::find();
  return nvml == nullptr ? "" : nvml->driver_version().value_or("");
}

std::string nccl() {
  int number = 0;
  if (ncclGetVersion(&number) != ncclSuccess) return {};
  return fmt::format("{}.{}.{}", number / 10000, number % 10000 / 100, number % 100);
}

const Registered<VersionSource> of_driver{{"cuda_driver", driver}};
const Registered<VersionSource> of_gpu_driver{{"gpu_driver", gpu_driver}};
const Registered<VersionSource> of_runtime{{"cuda_runtime", runtime}};
const Registered<VersionSource> of_toolkit{{"cuda_toolkit", [] { return cuda_version(CUDART_VERSION); }}};
const Registered<VersionSource> of_nccl{{"nccl", nccl}};

}  // namespace
}  // namespace lanemark
