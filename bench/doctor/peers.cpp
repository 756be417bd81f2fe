// SPDX-License-Identifier: MIT

#include <cuda_runtime_api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "bench/doctor/part.hpp"
#include "kernels/core/buffer.hpp"
#include "kernels/core/error.hpp"
#include "kernels/core/registry.hpp"
#include "kernels/cuda/check.hpp"
#include "kernels/cuda/device_guard.hpp"

namespace lanemark {
namespace {

/// Direct access of `from` to `to`'s memory while this lives, unless it was on before.
class PeerAccess {
 public:
  PeerAccess(int from, int to) : from_{from}, to_{to} {
    const DeviceGuard current{from};
    const cudaError_t status = cudaDeviceEnablePeerAccess(to, 0);
    ours_ = status == cudaSuccess;
    if (status == cudaErrorPeerAccessAlreadyEnabled) static_cast<void>(cudaGetLastError());
    else check(status);
  }
  PeerAccess(const PeerAccess&) = delete;
  PeerAccess& operator=(const PeerAccess&) = delete;
  PeerAccess(PeerAccess&&) = delete;
  PeerAccess& operator=(PeerAccess&&) = delete;
  ~PeerAccess() {
    if (!ours_) return;
    try {
      const DeviceGuard current{from_};
      static_cast<void>(cudaDeviceDisablePeerAccess(to_));
    } catch (const Error&) {  // it then stays on, which harms nothing
    }
  }

 private:
  int from_;
  int to_;
  bool ours_ = false;
};

/// Whether random data goes from one GPU's memory to another's intact; past a broken IOMMU setting it does not.
bool arrives_intact(int from, int to) {
  const PeerAccess access{from, to};
  constexpr Bytes size = mebibytes(1);
  std::vector<std::uint64_t> sent(size.value / sizeof(std::uint64_t));
  std::mt19937_64 random{std::random_device{}()};
  for (std::uint64_t& word : sent) word = random();
  std::vector<std::uint64_t> received(sent.size());
  const Memory source{{DeviceKind::cuda, from}, size};
  const Memory target{{DeviceKind::cuda, to}, size};
  // The target starts as the complement of the data: whatever does not arrive is wrong in every word.
  for (std::size_t i = 0; i < sent.size(); ++i) received[i] = ~sent[i];
  const DeviceGuard current{to};
  check(cudaMemcpy(target.data(), received.data(), size.value, cudaMemcpyHostToDevice));
  check(cudaMemcpy(source.data(), sent.data(), size.value, cudaMemcpyHostToDevice));
  check(cudaMemcpyPeer(target.data(), to, source.data(), from, size.value));
  check(cudaDeviceSynchronize());
  check(cudaMemcpy(received.data(), target.data(), size.value, cudaMemcpyDeviceToHost));
  return received == sent;
}

bool can_access(int from, int to) {
  int can = 0;
  return cudaDeviceCanAccessPeer(&can, from, to) == cudaSuccess && can != 0;
}

struct Pairs {
  std::vector<std::string> none, broken;
  int nvlink = 0;
  int pcie = 0;
};

Pairs try_all(int gpus) {
  Pairs pairs;
  for (int from = 0; from < gpus; ++from) {
    for (int to = 0; to < gpus; ++to) {
      if (from == to) continue;
      const std::string pair = fmt::format("{}->{}", from, to);
      if (!can_access(from, to)) {
        pairs.none.push_back(pair);
        continue;
      }
      ++(platform(DeviceKind::cuda).has_peer_link(from, to) ? pairs.nvlink : pairs.pcie);
      if (!arrives_intact(from, to)) pairs.broken.push_back(pair);
    }
  }
  return pairs;
}

std::vector<Finding> peer_findings(const World& world) {
  Findings findings{"peers"};
  int gpus = 0;
  if (cudaGetDeviceCount(&gpus) != cudaSuccess || gpus < 2) {
    if (gpus == 1 && world.local_size() > world.sharers()) {
      findings.note(
          fmt::format("rank {} sees one GPU, and others of this node use others: what joins them it cannot tell",
                      world.rank()),
          "ask a rank that sees them all (without CUDA_VISIBLE_DEVICES; srun --gpu-bind=none)");
    } else if (gpus == 1) {
      findings.note("one GPU is visible: there is no link between GPUs to measure");
    }
    return findings.take();
  }
  const Pairs pairs = try_all(gpus);
  if (pairs.nvlink + pairs.pcie > 0) {
    findings.ok(
        fmt::format("direct access between GPUs: {} directions over NVLink, {} over PCIe; 1 MiB copied each way",
                    pairs.nvlink, pairs.pcie));
  }
  if (!pairs.broken.empty()) {
    findings.problem(fmt::format("data arrives WRONG between GPUs {}: results of every program that uses direct access "
                                 "are wrong",
                                 fmt::join(pairs.broken, ", ")),
                     "turn off PCIe ACS and the IOMMU (or set iommu=pt) in the BIOS and kernel; until then "
                     "NCCL_P2P_DISABLE=1");
  }
  if (!pairs.none.empty()) {
    findings.note(
        fmt::format("no direct access between GPUs {}: data goes through host memory, at a fraction of the rate",
                    fmt::join(pairs.none, ", ")),
        "nvidia-smi topo -p2p r shows the reason; GPUs under one PCIe switch or NVLink have it");
  }
  return findings.take();
}

const Registered<DoctorPart> peers{{.name = "peers", .order = 5, .run = peer_findings}};

}  // namespace
}  // namespace lanemark
