// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/measurement/measurement.hpp"
#include "kernels/core/array.hpp"
#include "kernels/core/operation.hpp"
#include "kernels/core/precision.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {

/// What a shape is written as, and which kernels can share one.
enum class KernelFamily { linear, convolution, elements, rows, images };

std::string_view shape_help(KernelFamily family);

/// One set of a kernel's buffers with random data, on one device.
class KernelData {
 public:
  KernelData() = default;
  KernelData(const KernelData&) = delete;
  KernelData& operator=(const KernelData&) = delete;
  KernelData(KernelData&&) = delete;
  KernelData& operator=(KernelData&&) = delete;
  virtual ~KernelData() = default;

  virtual void run(const Executor& on) = 0;
  /// Poisons outputs, and brings back what a run changes in place.
  virtual void restore() = 0;
  /// What a run writes; each element counts in `problem`.
  [[nodiscard]] virtual std::vector<Array> outputs() const = 0;
  /// What is wrong with the outputs of one run after `restore`, against a result worked out in double precision on the
  /// host; empty if nothing is. Leaves other outputs behind. Waits.
  [[nodiscard]] virtual std::string problem(const Executor& on) = 0;
};

/// A kernel's size: the numbers of its shape.
using KernelShape = std::vector<std::size_t>;

template <class Data>
std::unique_ptr<KernelData> make_kernel_data(StreamRef stream, const KernelShape& shape, Precision precision,
                                             std::uint64_t seed) {
  return std::make_unique<Data>(stream, shape, precision, seed);
}

/// An operation as the suite measures it; each one's file registers it.
struct Kernel {
  std::string_view name;
  KernelFamily family;
  bool has_tf32;                                                   ///< multiplies floats as tf32 too
  Work (*work)(const KernelShape& shape, Precision precision);     ///< of one run; bytes are the fewest
  Bytes (*memory)(const KernelShape& shape, Precision precision);  ///< of one set of buffers
  std::unique_ptr<KernelData> (*make)(StreamRef stream, const KernelShape& shape, Precision precision,
                                      std::uint64_t seed);
  bool (*has_library)(DeviceKind kind) = nullptr;  ///< whether the vendor's library does it too; null: it does not
};

/// "512x4096x4096" for a family. Throws UsageError with the family's help.
KernelShape parse_kernel_shape(KernelFamily family, std::string_view text);

}  // namespace lanemark
