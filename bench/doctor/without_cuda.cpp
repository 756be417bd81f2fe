// SPDX-License-Identifier: MIT

#include <filesystem>

#include "bench/doctor/part.hpp"
#include "kernels/core/registry.hpp"

// Listed only where the build has no CUDA compiler.

namespace lanemark {
namespace {

std::vector<Finding> findings_without_cuda(const World& /*world*/) {
  Findings findings{"cuda"};
  const std::string text =
      "this program was built without CUDA: it measures MPI and the CPU; NCCL, GPU kernels and host-device transfers "
      "are missing";
  const std::string cure =
      "install the CUDA toolkit 12.4 or newer and NCCL, see that nvcc is on PATH, and configure again";
  std::error_code ignored;
  if (std::filesystem::exists("/proc/driver/nvidia/version", ignored)) {
    findings.problem(text + "; this machine has an NVIDIA driver", cure);
  } else {
    findings.note(text, cure);
  }
  return findings.take();
}

const Registered<DoctorPart> without_cuda{{.name = "cuda", .order = 3, .run = findings_without_cuda}};

}  // namespace
}  // namespace lanemark
