// SPDX-License-Identifier: MIT

#include "collectives/backends/nccl_sharing.hpp"

#include <fmt/format.h>

#include <string_view>

namespace lanemark {

std::string nccl_version_name(int version) {
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

std::optional<std::string> nccl_sharing_refusal(int version, const char* setting) {
  constexpr int first_that_can = 23000;
  const std::string name = nccl_version_name(version);
  if (version < first_that_can) {
    return fmt::format(
        "NCCL {} takes no two ranks on one GPU; 2.30 and newer do, where NCCL_MULTI_RANK_GPU_ENABLE=1 is set; install "
        "such a one or put it first in LD_LIBRARY_PATH, use --backend mpi, or give each rank a GPU",
        name);
  }
  if (setting != nullptr && std::string_view{setting} == "1") return std::nullopt;
  return fmt::format(
      "NCCL {} takes two ranks on one GPU only where NCCL_MULTI_RANK_GPU_ENABLE=1 is set, and it {}; set it for every "
      "rank (mpirun -x NCCL_MULTI_RANK_GPU_ENABLE=1), use --backend mpi, or give each rank a GPU",
      name, setting == nullptr ? "is not set" : "has another value");
}

}  // namespace lanemark
