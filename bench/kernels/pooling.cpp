// SPDX-License-Identifier: MIT

#include <cmath>

#include "bench/kernels/assembled.hpp"
#include "kernels/operations.hpp"

// Pooling and the loss.

namespace lanemark {
namespace {

PoolShape pool_shape(const KernelShape& shape) { return {shape[0], shape[1], shape[2], shape[3]}; }

/// The four places of the input in the window of an output.
std::array<std::size_t, 4> window(const PoolShape& shape, std::size_t output) {
  const std::size_t channel = output % shape.channels;
  const std::size_t across = output / shape.channels % (shape.width / 2);
  const std::size_t down = output / shape.channels / (shape.width / 2);
  const std::size_t row = shape.width * shape.channels;
  const std::size_t corner = 2 * down * row + 2 * across * shape.channels + channel;
  return {corner, corner + shape.channels, corner + row, corner + row + shape.channels};
}

Parts pooling(const Making& m) {
  const PoolShape shape = pool_shape(m.shape);
  return {.arrays = collect(m.random(m.dtype(), m.size(), 1), m.output(m.dtype(), m.size() / 4)),
          .run =
              [shape](const Executor& on, const Arrays& a) {
                max_pool_forward(on, {shape, a[0].span(), a[1].span()});
              },
          .restore = [](const Arrays& a) { a[1].poison(); },
          .problem =
              [shape](const Arrays& a) {
                const auto x = a[0].download();
                return compare(a[1].download(), {}, [&](std::size_t i) {
                  const auto w = window(shape, i);
                  return std::max({x[w[0]], x[w[1]], x[w[2]], x[w[3]]});
                });
              },
          .outputs = {1}};
}

Parts averaging(const Making& m) {
  const PoolShape shape = pool_shape(m.shape);
  return {.arrays = collect(m.random(m.dtype(), m.size(), 1), m.output(m.dtype(), m.size() / 4)),
          .run =
              [shape](const Executor& on, const Arrays& a) {
                average_pool_forward(on, {shape, a[0].span(), a[1].span()});
              },
          .restore = [](const Arrays& a) { a[1].poison(); },
          .problem =
              [m, shape](const Arrays& a) {
                const auto x = a[0].download();
                // Three sums of values up to 4, a quarter of each.
                return compare(a[1].download(), {unit_roundoff(m.dtype()), 3 * unit_roundoff(DType::float32)},
                               [&](std::size_t i) {
                                 const auto w = window(shape, i);
                                 return (double{x[w[0]]} + x[w[1]] + x[w[2]] + x[w[3]]) / 4;
                               });
              },
          .outputs = {1}};
}

/// The output whose window holds a place of the input.
std::size_t output_over(const PoolShape& shape, std::size_t input) {
  const std::size_t channel = input % shape.channels;
  const std::size_t column = input / shape.channels % shape.width;
  const std::size_t row = input / shape.channels / shape.width;
  return ((row / 2) * (shape.width / 2) + column / 2) * shape.channels + channel;
}

Parts pooling_back(const Making& m) {
  const PoolShape shape = pool_shape(m.shape);
  return {.arrays = collect(m.random(m.dtype(), m.size(), 1), m.random(m.dtype(), m.size() / 4, 2),
                            m.output(m.dtype(), m.size())),
          .run =
              [shape](const Executor& on, const Arrays& a) {
                max_pool_backward(on, {shape, a[0].span(), a[1].span(), a[2].span(), true});
              },
          .restore = [](const Arrays& a) { a[2].poison(); },
          .problem =
              [shape](const Arrays& a) {
                const auto x = a[0].download();
                const auto dy = a[1].download();
                return compare(a[2].download(), {}, [&](std::size_t i) {
                  const std::size_t output = output_over(shape, i);
                  std::size_t first = window(shape, output)[0];
                  for (const std::size_t place : window(shape, output)) {
                    if (x[place] > x[first]) first = place;
                  }
                  return first == i && x[i] > 0 ? dy[output] : 0;
                });
              },
          .outputs = {2}};
}

Parts averaging_back(const Making& m) {
  const PoolShape shape = pool_shape(m.shape);
  return {.arrays = collect(m.random(m.dtype(), m.size() / 4, 1), m.output(m.dtype(), m.size())),
          .run =
              [shape](const Executor& on, const Arrays& a) {
                average_pool_backward(on, {shape, a[0].span(), a[1].span()});
              },
          .restore = [](const Arrays& a) { a[1].poison(); },
          .problem =
              [shape](const Arrays& a) {
                const auto dy = a[0].download();
                return compare(a[1].download(), {}, [&](std::size_t i) { return 0.25 * dy[output_over(shape, i)]; });
              },
          .outputs = {1}};
}

Parts loss(const Making& m) {
  const std::size_t rows = m.shape[0];
  const std::size_t classes = m.shape[1];
  auto labels = std::make_shared<DeviceBuffer<std::int32_t>>(m.stream.device(), rows);
  fill_labels(m.stream, {*labels, m.seed, static_cast<std::int32_t>(classes)});
  return {.arrays =
              collect(m.random(m.dtype(), m.size(), 1), m.output(m.dtype(), m.size()), m.output(DType::float32, rows)),
          .run =
              [rows, classes, labels](const Executor& on, const Arrays& a) {
                softmax_cross_entropy(on, {rows, classes, a[0].span(), *labels, a[1].span(), a[2].floats()});
              },
          .restore =
              [](const Arrays& a) {
                a[1].poison();
                a[2].poison();
              },
          .problem =
              [m, classes, labels](const Arrays& a) {
                const auto logits = a[0].download();
                const auto of_row = download(m.stream, labels->span());
                std::vector<double> sums(of_row.size());
                for_ranges(sums.size(), [&](std::size_t first, std::size_t last) {
                  for (std::size_t i = first * classes; i < last * classes; ++i) {
                    sums[i / classes] += std::exp(double{logits[i]});
                  }
                });
                const auto label = [&](std::size_t row) { return static_cast<std::size_t>(of_row[row]); };
                // The sum over the classes, and an exponential, a difference and a quotient of some units each.
                const double error = summing_error(classes) + 16 * unit_roundoff(DType::float32);
                const std::string wrong = compare(a[1].download(), [&](std::size_t i) {
                  const std::size_t row = i / classes;
                  const double softmax = std::exp(double{logits[i]}) / sums[row];
                  const double right = softmax - (i % classes == label(row) ? 1 : 0);
                  return Bounded{.right = right,
                                 .allowed = unit_roundoff(m.dtype()) * std::abs(right) + error * softmax + 0x1p-30};
                });
                if (!wrong.empty()) return "gradient: " + wrong;
                const std::string of_loss = compare(a[2].download(), {error, error}, [&](std::size_t row) {
                  return std::log(sums[row]) - logits[row * classes + label(row)];
                });
                return of_loss.empty() ? of_loss : "loss: " + of_loss;
              },
          .outputs = {1, 2}};
}

// Quarters of an element of the shape that move in the case's type, and bytes that move in others.
const Registered<Kernel> pooling_kernels[] = {
    Registered<Kernel>{kernel<5, 0, pooling>(max_pool_forward.name(), KernelFamily::images)},
    Registered<Kernel>{kernel<9, 0, pooling_back>(max_pool_backward.name(), KernelFamily::images)},
    Registered<Kernel>{kernel<5, 0, averaging>(average_pool_forward.name(), KernelFamily::images)},
    Registered<Kernel>{kernel<5, 0, averaging_back>(average_pool_backward.name(), KernelFamily::images)},
    Registered<Kernel>{kernel<8, 0, loss>(softmax_cross_entropy.name(), KernelFamily::rows)},
};

}  // namespace
}  // namespace lanemark
