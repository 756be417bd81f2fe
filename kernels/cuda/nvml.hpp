// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/core/units.hpp"

// NVIDIA's management library, loaded at run time: the program starts, and this header compiles, without it.

namespace lanemark {

struct NvmlFunctions;

struct PcieLink {
  int generation;
  int width;  ///< lanes
};

/// Of one direction, line coding taken off, packet headers not. Nothing for a generation not known here.
std::optional<BytesPerSecond> rate(const PcieLink& link);

/// A process that computes on a GPU. In a container the driver may give the host's number, or no process at all.
struct GpuProcess {
  unsigned pid;
  std::optional<Bytes> memory;
};

/// What a set of clock event reasons says slows the GPU down: "power cap", "thermal slowdown (software)" … Being idle
/// and clocks chosen by the user are not among them.
std::vector<std::string> slowdowns(std::uint64_t clock_event_reasons);

/// View of one GPU. Whatever the driver does not tell is absent.
class NvmlGpu {
 public:
  NvmlGpu(const NvmlFunctions& functions, void* handle) : functions_{&functions}, handle_{handle} {}

  /// As trained now; an idle GPU trains down to save power.
  [[nodiscard]] std::optional<PcieLink> pcie_link() const;
  /// As GPU and slot allow.
  [[nodiscard]] std::optional<PcieLink> maximum_pcie_link() const;

  /// Links that are up; 0 where the GPU has links and none is. Absent where it has no NVLink.
  [[nodiscard]] std::optional<int> active_nvlinks() const;
  /// All active links together, one direction, as the driver reports their speed. Absent where none is active.
  [[nodiscard]] std::optional<BytesPerSecond> nvlink_rate() const;

  [[nodiscard]] std::optional<int> sm_clock_mhz() const;
  [[nodiscard]] std::optional<int> maximum_sm_clock_mhz() const;
  [[nodiscard]] std::optional<int> memory_clock_mhz() const;
  [[nodiscard]] std::optional<int> maximum_memory_clock_mhz() const;
  /// Bits, for `slowdowns`.
  [[nodiscard]] std::optional<std::uint64_t> clock_event_reasons() const;
  [[nodiscard]] std::optional<int> temperature_celsius() const;
  [[nodiscard]] std::optional<double> power_watts() const;
  [[nodiscard]] std::optional<double> power_limit_watts() const;

  [[nodiscard]] std::optional<std::vector<GpuProcess>> compute_processes() const;
  [[nodiscard]] std::optional<bool> ecc_enabled() const;
  /// "default", "exclusive process" or "prohibited".
  [[nodiscard]] std::optional<std::string> compute_mode() const;
  [[nodiscard]] std::optional<bool> mig_enabled() const;

 private:
  const NvmlFunctions* functions_;
  void* handle_;
};

class Nvml {
 public:
  /// The library, loaded on first use and kept for the program's life; null where it is missing or does not start.
  static const Nvml* find();

  [[nodiscard]] std::optional<std::string> driver_version() const;
  /// The newest CUDA the driver supports, "13.0".
  [[nodiscard]] std::optional<std::string> cuda_version() const;
  /// By PCI address, "0000:1B:00.0", as CUDA writes it.
  [[nodiscard]] std::optional<NvmlGpu> gpu(const std::string& bus_id) const;

 private:
  explicit Nvml(std::shared_ptr<const NvmlFunctions> functions) : functions_{std::move(functions)} {}

  std::shared_ptr<const NvmlFunctions> functions_;
};

}  // namespace lanemark
