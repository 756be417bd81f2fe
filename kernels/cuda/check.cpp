// SPDX-License-Identifier: MIT

#include "kernels/cuda/check.hpp"

#include <fmt/format.h>

#include <string_view>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// The usual cause and cure, or nothing.
std::string_view advice(cudaError_t status) {
  switch (status) {
    case cudaErrorInsufficientDriver:
      return "the NVIDIA driver is missing or older than the CUDA toolkit of this build; update the driver, or build "
             "with a toolkit it supports (nvidia-smi shows the newest)";
    case cudaErrorStubLibrary:
      return "the toolkit's stub of libcuda.so was found before the driver's; take lib64/stubs out of LD_LIBRARY_PATH";
    case cudaErrorNoDevice:
      return "no GPU is visible; look at CUDA_VISIBLE_DEVICES and at what the batch system or container granted";
    case cudaErrorInvalidDevice:
      return "there is no GPU of this number; start fewer ranks per node or look at CUDA_VISIBLE_DEVICES";
    case cudaErrorDevicesUnavailable:
      return "another process holds the GPU exclusively; stop it, or set the compute mode to Default with nvidia-smi "
             "-c 0";
    case cudaErrorMemoryAllocation:
      return "the GPU's memory, or page-locked host memory (ulimit -l), does not suffice; use a smaller size, or look "
             "for other processes on the GPU";
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorUnsupportedPtxVersion:
      return "this build has no code for this GPU; build on its machine, or for all: scripts/quickstart.sh --cuda";
    case cudaErrorPeerAccessUnsupported:
      return "these GPUs cannot reach each other's memory; nvidia-smi topo -p2p r shows which can";
    case cudaErrorTooManyPeers: return "a GPU can map no more peers; use fewer GPUs per process";
    case cudaErrorSystemNotReady:
    case cudaErrorSystemDriverMismatch:
      return "the driver's parts do not fit together; on machines with NVSwitch see that nvidia-fabricmanager runs and "
             "has the driver's version";
    case cudaErrorIllegalAddress:
    case cudaErrorMisalignedAddress:
    case cudaErrorLaunchFailure:
      return "a kernel went wrong earlier on; compute-sanitizer names it. The process cannot go on using the GPU";
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
      return "the hardware reports an error; nvidia-smi -q and the kernel log say more";
    case cudaErrorInvalidResourceHandle:
      return "a stream or event of another GPU, or an event that was never recorded, was used";
    case cudaErrorNotReady: return "work has not finished yet; synchronize first";
    default: return {};
  }
}

std::string_view advice(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_NOT_INITIALIZED:
    case CUBLAS_STATUS_ALLOC_FAILED:
      return "cuBLAS found too little free GPU memory to start; use smaller sizes, or look for other processes on the "
             "GPU";
    case CUBLAS_STATUS_ARCH_MISMATCH: return "this cuBLAS does not support the GPU";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "a kernel could not run; often an earlier one went wrong, which compute-sanitizer names";
    default: return {};
  }
}

std::string message(std::string_view library, std::string_view code, std::string_view text,
                    std::string_view advice_text, const std::source_location& where) {
  return located(fmt::format("{}: {}: {}{}{}", library, code, text, advice_text.empty() ? "" : "; ", advice_text),
                 where);
}

}  // namespace

void check(cudaError_t status, const std::source_location& where) {
  if (status == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());
  const std::string text = message("CUDA", cudaGetErrorName(status), cudaGetErrorString(status), advice(status), where);
  if (status == cudaErrorMemoryAllocation) throw OutOfMemory(text);
  throw Error(text);
}

void check(cublasStatus_t status, const std::source_location& where) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  const std::string text =
      message("cuBLAS", cublasGetStatusName(status), cublasGetStatusString(status), advice(status), where);
  if (status == CUBLAS_STATUS_ALLOC_FAILED) throw OutOfMemory(text);
  throw Error(text);
}

void check_launch(const std::source_location& where) { check(cudaGetLastError(), where); }

}  // namespace lanemark
