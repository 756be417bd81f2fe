// SPDX-License-Identifier: MIT

#pragma once

#include <memory>
#include <optional>

#include "bench/engine/trial.hpp"
#include "bench/kernels/ceilings.hpp"
#include "bench/kernels/kernel.hpp"

namespace lanemark {

/// One kernel at one size.
struct KernelCase {
  const Kernel* kernel;
  KernelShape shape;
  Precision precision;
  Compute compute;
  std::uint64_t seed;
};

/// Measured by the first case that needs them, in the memory that a rank may take then, and kept.
class Ceilings {
 public:
  const MeasuredCeilings& get(const World& world, const DeviceProperties& device);

 private:
  std::optional<MeasuredCeilings> measured_;
};

/// Memory of the buffers that a case works on in turn.
Bytes memory_of(const KernelCase& what, DeviceKind kind, Bytes cache);
/// Host memory besides: what the check works on, and what a CPU's kernels work in.
Bytes host_memory_of(const KernelCase& what);

/// `ceilings` outlive it.
std::unique_ptr<Trial> make_kernel_trial(const KernelCase& what, const World& world, const DeviceProperties& device,
                                         Ceilings& ceilings);

}  // namespace lanemark
