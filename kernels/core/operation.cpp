// SPDX-License-Identifier: MIT

#include "kernels/core/operation.hpp"

#include <fmt/format.h>

#include "kernels/core/error.hpp"

namespace lanemark {

std::string_view name(Compute compute) { return compute == Compute::hand ? "hand" : "library"; }

Compute parse_compute(std::string_view text) {
  if (text == "hand") return Compute::hand;
  if (text == "library") return Compute::library;
  throw UsageError(fmt::format("unknown compute '{}'; known: hand, library", text));
}

void throw_not_implemented(std::string_view operation, DeviceKind kind) {
  throw Error(fmt::format("operation {} is not built for {} devices", operation, name(kind)));
}

}  // namespace lanemark
