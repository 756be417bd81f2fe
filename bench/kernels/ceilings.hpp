#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "bench/measurement.hpp"
#include "kernels/core/device.hpp"
#include "kernels/core/precision.hpp"

namespace lanemark {

/// What a device reaches at most, as measured on it: by the library's largest matrix products on random data and by
/// copying within its memory.
class MeasuredCeilings {
 public:
  /// Takes under a second, and a gigabyte or two of memory while it does. Throws OutOfMemory.
  explicit MeasuredCeilings(Device device);

  [[nodiscard]] FlopsPerSecond product(Precision precision) const {
    return products_.at(static_cast<std::size_t>(precision));
  }
  [[nodiscard]] BytesPerSecond copy() const { return copy_; }

 private:
  std::vector<FlopsPerSecond> products_;
  BytesPerSecond copy_;
};

/// Dense, by the vendor's datasheet; nothing for GPUs whose sheet is not known here.
std::optional<FlopsPerSecond> datasheet_product(std::string_view gpu, Precision precision);

}  // namespace lanemark
