// SPDX-License-Identifier: MIT

#include "bench/record/environment.hpp"

#include <array>
#include <cstdlib>

namespace lanemark {
namespace {

// What changes a measurement and holds numbers, names of devices or choices; never a path, an address or a token.
constexpr auto recordable = std::to_array<std::string_view>({
    "CUDA_DEVICE_MAX_CONNECTIONS",
    "CUDA_DEVICE_ORDER",
    "CUDA_LAUNCH_BLOCKING",
    "CUDA_MODULE_LOADING",
    "CUDA_MPS_ACTIVE_THREAD_PERCENTAGE",
    "CUDA_VISIBLE_DEVICES",
    "NCCL_ALGO",
    "NCCL_BUFFSIZE",
    "NCCL_COLLNET_ENABLE",
    "NCCL_CROSS_NIC",
    "NCCL_CUMEM_ENABLE",
    "NCCL_DEBUG",
    "NCCL_GRAPH_MIXING_SUPPORT",
    "NCCL_IB_DISABLE",
    "NCCL_IB_GID_INDEX",
    "NCCL_IB_HCA",
    "NCCL_IB_QPS_PER_CONNECTION",
    "NCCL_LAUNCH_MODE",
    "NCCL_MAX_CTAS",
    "NCCL_MAX_NCHANNELS",
    "NCCL_MIN_CTAS",
    "NCCL_MIN_NCHANNELS",
    "NCCL_MULTI_RANK_GPU_ENABLE",
    "NCCL_NET",
    "NCCL_NET_GDR_LEVEL",
    "NCCL_NTHREADS",
    "NCCL_NVLS_ENABLE",
    "NCCL_P2P_DISABLE",
    "NCCL_P2P_LEVEL",
    "NCCL_P2P_NET_CHUNKSIZE",
    "NCCL_PROTO",
    "NCCL_SHM_DISABLE",
    "NCCL_SOCKET_IFNAME",
    "NCCL_SOCKET_NTHREADS",
    "NCCL_WIN_ENABLE",
    "NVIDIA_TF32_OVERRIDE",
    "OMPI_MCA_btl",
    "OMPI_MCA_coll",
    "OMPI_MCA_hwloc_base_binding_policy",
    "OMPI_MCA_mpi_yield_when_idle",
    "OMPI_MCA_pml",
    "OMPI_MCA_rmaps_base_oversubscribe",
    "OMP_NUM_THREADS",
    "OMP_PROC_BIND",
    "OPENBLAS_NUM_THREADS",
    "UCX_NET_DEVICES",
    "UCX_TLS",
});

}  // namespace

std::span<const std::string_view> recordable_variables() { return recordable; }

std::map<std::string, std::string> recorded_environment() {
  std::map<std::string, std::string> set;
  for (const std::string_view name : recordable) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets variables while it runs
    if (const char* value = std::getenv(std::string{name}.c_str())) set.emplace(name, value);
  }
  return set;
}

}  // namespace lanemark
