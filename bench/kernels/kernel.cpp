// SPDX-License-Identifier: MIT

#include "bench/kernels/kernel.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>

#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

struct Bounds {
  std::size_t least, most;
};

Bounds numbers_of(KernelFamily family) {
  switch (family) {
    case KernelFamily::linear: return {3, 3};
    case KernelFamily::convolution: return {5, 7};
    case KernelFamily::elements: return {1, 1};
    case KernelFamily::rows: return {2, 2};
    case KernelFamily::images: break;
  }
  return {4, 4};
}

/// What no parsing of numbers finds, or nothing.
std::string_view problem(KernelFamily family, const KernelShape& shape) {
  if (family == KernelFamily::convolution) {
    if (shape.size() > 5 && shape[5] != 1 && shape[5] != 3) return "the filter is 1 or 3";
    if (shape.size() > 6 && shape[6] != 1 && shape[6] != 2) return "the stride is 1 or 2";
  }
  if (family == KernelFamily::images && (shape[1] % 2 != 0 || shape[2] % 2 != 0)) return "height and width are even";
  return {};
}

}  // namespace

std::string_view shape_help(KernelFamily family) {
  switch (family) {
    case KernelFamily::linear: return "rows x inputs x outputs, e.g. 512x4096x4096";
    case KernelFamily::convolution:
      return "images x height x width x channels in x channels out, and if they are not 3 and 1, x filter x stride, "
             "e.g. 512x32x32x64x64";
    case KernelFamily::elements: return "elements, e.g. 16777216";
    case KernelFamily::rows: return "rows x columns, e.g. 4096x1000";
    case KernelFamily::images: break;
  }
  return "images x height x width x channels, e.g. 512x32x32x64";
}

KernelShape parse_kernel_shape(KernelFamily family, std::string_view text) {
  const auto refuse = [&](std::string_view cause) {
    throw UsageError(fmt::format("shape {}: {}; write {}", in_quotes(text), cause, shape_help(family)));
  };
  KernelShape shape;
  std::string_view rest = text;
  constexpr std::size_t largest = std::size_t{1} << 36U;
  // Beyond it counts of elements and of operations would no longer be numbers that a machine has.
  constexpr double most = std::uint64_t{1} << 56U;
  double product = 1;
  while (true) {
    std::size_t number = 0;
    const auto [end, status] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (status != std::errc{} || rest.front() == '0' || number > largest) refuse("each part is a whole number from 1");
    shape.push_back(number);
    product *= static_cast<double>(number);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (rest.empty()) break;
    if (rest.front() != 'x') refuse("the numbers are joined by x");
    rest.remove_prefix(1);
  }
  const Bounds allowed = numbers_of(family);
  if (shape.size() < allowed.least || shape.size() > allowed.most) refuse("not as many numbers as the kernel takes");
  if (product > most) refuse("no machine holds so much");
  if (const std::string_view cause = problem(family, shape); !cause.empty()) refuse(cause);
  return shape;
}

}  // namespace lanemark
