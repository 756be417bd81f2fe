// SPDX-License-Identifier: MIT

#include <algorithm>

#include "bench/kernels/assembled.hpp"
#include "kernels/operations.hpp"

// Element by element.

namespace lanemark {
namespace {

Parts copying(const Making& m) {
  return {.arrays = collect(m.random(m.dtype(), m.size(), 1), m.output(m.dtype(), m.size())),
          .run = [](const Executor& on,
                    const Arrays& a) { on.stream.copy(a[1].span().data(), a[0].span().data(), a[0].span().bytes()); },
          .restore = [](const Arrays& a) { a[1].poison(); },
          .problem =
              [](const Arrays& a) {
                const auto from = a[0].download();
                return compare(a[1].download(), {}, [&](std::size_t i) { return from[i]; });
              },
          .outputs = {1}};
}

Parts triads(const Making& m) {
  return {.arrays = collect(m.output(DType::float32, m.size()), m.random(DType::float32, m.size(), 1),
                            m.random(DType::float32, m.size(), 2)),
          .run =
              [](const Executor& on, const Arrays& a) {
                triad(on, {a[0].floats(), a[1].floats(), a[2].floats(), 3});
              },
          .restore = [](const Arrays& a) { a[0].poison(); },
          .problem =
              [](const Arrays& a) {
                const auto b = a[1].download();
                const auto c = a[2].download();
                // Values below 4 are rounded once or twice.
                return compare(a[0].download(), {.absolute = 4 * unit_roundoff(DType::float32)},
                               [&](std::size_t i) { return b[i] + 3.0 * c[i]; });
              },
          .outputs = {0}};
}

/// To the other type.
Parts conversion(const Making& m) {
  const DType to = m.dtype() == DType::float32 ? DType::bfloat16 : DType::float32;
  return {.arrays = collect(m.random(m.dtype(), m.size(), 1), m.output(to, m.size())),
          .run =
              [](const Executor& on, const Arrays& a) {
                convert(on, {a[0].span(), a[1].span()});
              },
          .restore = [](const Arrays& a) { a[1].poison(); },
          .problem =
              [to](const Arrays& a) {
                const auto from = a[0].download();
                // Each bfloat16 is a float.
                const double rounding = to == DType::bfloat16 ? unit_roundoff(DType::bfloat16) : 0;
                return compare(a[1].download(), {.relative = rounding}, [&](std::size_t i) { return from[i]; });
              },
          .outputs = {1}};
}

Parts masking(const Making& m) {
  return {.arrays = collect(m.random(m.dtype(), m.size(), 1), m.random(m.dtype(), m.size(), 2)),
          .run =
              [](const Executor& on, const Arrays& a) {
                relu_backward(on, {a[0].span(), a[1].span()});
              },
          .restore = [](const Arrays& a) { a[1].refill(); },
          .problem =
              [](const Arrays& a) {
                const auto y = a[0].download();
                const auto masked = a[1].download();
                a[1].refill();
                const auto before = a[1].download();
                return compare(masked, {}, [&](std::size_t i) { return y[i] > 0 ? before[i] : 0; });
              },
          .outputs = {1}};
}

Parts biasing(const Making& m) {
  const std::size_t columns = m.shape[1];
  return {.arrays = collect(m.random(m.dtype(), m.size(), 1), m.random(DType::float32, columns, 2)),
          .run =
              [rows = m.shape[0], columns](const Executor& on, const Arrays& a) {
                bias_forward(on, {rows, columns, a[1].floats(), a[0].span(), true});
              },
          .restore = [](const Arrays& a) { a[0].refill(); },
          .problem =
              [m, columns](const Arrays& a) {
                const auto sums = a[0].download();
                const auto bias = a[1].download();
                a[0].refill();
                const auto before = a[0].download();
                return compare(sums, {unit_roundoff(m.dtype()), 2 * unit_roundoff(DType::float32)},
                               [&](std::size_t i) { return std::max(0.0, double{before[i]} + bias[i % columns]); });
              },
          .outputs = {0}};
}

// Quarters of an element of the shape that move in the case's type, and bytes that move in others.
const Registered<Kernel> element_kernels[] = {
    Registered<Kernel>{kernel<8, 0, copying>("copy", KernelFamily::elements)},
    Registered<Kernel>{kernel<0, 12, triads>(triad.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<0, 6, conversion>(convert.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<12, 0, masking>(relu_backward.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<8, 0, biasing>(bias_forward.name(), KernelFamily::rows)},
};

}  // namespace
}  // namespace lanemark
