#pragma once

#include <memory>
#include <optional>

#include "bench/kernels/ceilings.hpp"
#include "bench/kernels/kernel.hpp"
#include "bench/trial.hpp"

namespace lanemark {

/// One kernel at one size.
struct KernelCase {
  const Kernel* kernel;
  KernelShape shape;
  Precision precision;
  Compute compute;
  std::uint64_t seed;
};

/// Measured by the first case that needs them, and kept.
class Ceilings {
 public:
  const MeasuredCeilings& get(Device device) {
    if (!measured_) measured_.emplace(device);
    return *measured_;
  }

 private:
  std::optional<MeasuredCeilings> measured_;
};

/// Memory of the buffers that a case works on in turn.
Bytes memory_of(const KernelCase& what, DeviceKind kind, Bytes cache);

/// `ceilings` outlive it.
std::unique_ptr<Trial> make_kernel_trial(const KernelCase& what, const World& world, const DeviceProperties& device,
                                         Ceilings& ceilings);

}  // namespace lanemark
