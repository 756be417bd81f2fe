// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/measurement/measurement.hpp"
#include "kernels/core/device.hpp"
#include "kernels/core/precision.hpp"

namespace lanemark {

/// What the ceilings are measured with.
struct CeilingSizes {
  std::size_t product_edge;         ///< of the square matrices, in float
  std::size_t narrow_product_edge;  ///< in the other precisions
  Bytes copied;
  Bytes least_copied;  ///< where there is no room for more; less would be copied within the caches
};
CeilingSizes ceiling_sizes(const DeviceProperties& properties, DeviceKind kind);

/// What a device reaches at most, as measured on it: by the library's largest matrix products on random data and by
/// copying within its memory. Takes under a second, and a gigabyte or two of memory while it does, or as much as there
/// is. What finds no memory is left out, and says why: other cases need no ceilings.
class MeasuredCeilings {
 public:
  MeasuredCeilings(Device device, const CeilingSizes& sizes, Bytes room);

  [[nodiscard]] std::optional<FlopsPerSecond> product(Precision precision) const {
    return products_.at(static_cast<std::size_t>(precision));
  }
  [[nodiscard]] std::optional<BytesPerSecond> copy() const { return copy_; }
  /// Why something was left out; empty if nothing was.
  [[nodiscard]] const std::string& left_out() const { return left_out_; }

 private:
  std::vector<std::optional<FlopsPerSecond>> products_;
  std::optional<BytesPerSecond> copy_;
  std::string left_out_;
};

/// Dense, by the vendor's datasheet; nothing for GPUs whose sheet is not known here.
std::optional<FlopsPerSecond> datasheet_product(std::string_view gpu, Precision precision);

}  // namespace lanemark
