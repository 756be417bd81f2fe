// SPDX-License-Identifier: MIT

#include "tests/kernels/reference.hpp"

#include <algorithm>
#include <cmath>

namespace lanemark::test {
namespace {

/// The sum behind the convolution and both its gradients: calls f(place in y, place in weight, place in x) for
/// every product that the definition adds up.
template <class F>
void for_each_product(const ConvolutionShape& shape, F&& f) {
  const auto height = static_cast<long>(shape.height);
  const auto width = static_cast<long>(shape.width);
  const auto stride = static_cast<long>(shape.stride);
  const auto filter = static_cast<long>(shape.filter);
  const long padding = filter / 2;
  std::size_t output = 0;
  for (std::size_t n = 0; n < shape.images; ++n)
    for (long h = 0; h < height; h += stride)
      for (long w = 0; w < width; w += stride)
        for (std::size_t o = 0; o < shape.outputs; ++o, ++output)
          for (long r = 0; r < filter; ++r)
            for (long s = 0; s < filter; ++s)
              for (std::size_t c = 0; c < shape.inputs; ++c) {
                const long from_h = h + r - padding;
                const long from_w = w + s - padding;
                if (from_h < 0 || from_h >= height || from_w < 0 || from_w >= width) continue;
                const std::size_t pixel = (n * shape.height + static_cast<std::size_t>(from_h)) * shape.width +
                                          static_cast<std::size_t>(from_w);
                const auto tap = static_cast<std::size_t>(r * filter + s);
                f(output, (o * shape.filter * shape.filter + tap) * shape.inputs + c, pixel * shape.inputs + c);
              }
}

}  // namespace

Doubles relu(Doubles values) {
  for (double& value : values) value = std::max(0.0, value);
  return values;
}

Doubles linear(const LinearShape& shape, const Doubles& x, const Doubles& weight, const Doubles& bias) {
  Doubles y(shape.rows * shape.outputs);
  for (std::size_t r = 0; r < shape.rows; ++r)
    for (std::size_t o = 0; o < shape.outputs; ++o) {
      double sum = bias[o];
      for (std::size_t i = 0; i < shape.inputs; ++i) sum += x[r * shape.inputs + i] * weight[o * shape.inputs + i];
      y[r * shape.outputs + o] = sum;
    }
  return y;
}

Doubles linear_data_gradient(const LinearShape& shape, const Doubles& dy, const Doubles& weight) {
  Doubles dx(shape.rows * shape.inputs);
  for (std::size_t r = 0; r < shape.rows; ++r)
    for (std::size_t i = 0; i < shape.inputs; ++i)
      for (std::size_t o = 0; o < shape.outputs; ++o)
        dx[r * shape.inputs + i] += dy[r * shape.outputs + o] * weight[o * shape.inputs + i];
  return dx;
}

WeightGradients linear_weight_gradient(const LinearShape& shape, const Doubles& dy, const Doubles& x) {
  WeightGradients d{Doubles(shape.outputs * shape.inputs), Doubles(shape.outputs)};
  for (std::size_t r = 0; r < shape.rows; ++r)
    for (std::size_t o = 0; o < shape.outputs; ++o) {
      const double gradient = dy[r * shape.outputs + o];
      d.bias[o] += gradient;
      for (std::size_t i = 0; i < shape.inputs; ++i)
        d.weight[o * shape.inputs + i] += gradient * x[r * shape.inputs + i];
    }
  return d;
}

Doubles convolve(const ConvolutionShape& shape, const Doubles& x, const Doubles& weight, const Doubles& bias) {
  Doubles y(shape.output_pixels() * shape.outputs);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = bias[i % shape.outputs];
  for_each_product(shape,
                   [&](std::size_t at_y, std::size_t at_w, std::size_t at_x) { y[at_y] += weight[at_w] * x[at_x]; });
  return y;
}

Doubles convolution_data_gradient(const ConvolutionShape& shape, const Doubles& dy, const Doubles& weight) {
  Doubles dx(shape.images * shape.height * shape.width * shape.inputs);
  for_each_product(shape,
                   [&](std::size_t at_y, std::size_t at_w, std::size_t at_x) { dx[at_x] += weight[at_w] * dy[at_y]; });
  return dx;
}

WeightGradients convolution_weight_gradient(const ConvolutionShape& shape, const Doubles& dy, const Doubles& x) {
  WeightGradients d{Doubles(shape.outputs * shape.taps() * shape.inputs), Doubles(shape.outputs)};
  for (std::size_t i = 0; i < dy.size(); ++i) d.bias[i % shape.outputs] += dy[i];
  for_each_product(shape,
                   [&](std::size_t at_y, std::size_t at_w, std::size_t at_x) { d.weight[at_w] += dy[at_y] * x[at_x]; });
  return d;
}

Doubles max_pool_gradient(const PoolShape& shape, const Doubles& x, const Doubles& dy) {
  Doubles dx(x.size());
  const auto at = [&](std::size_t n, std::size_t h, std::size_t w, std::size_t c) {
    return ((n * shape.height + h) * shape.width + w) * shape.channels + c;
  };
  std::size_t output = 0;
  for (std::size_t n = 0; n < shape.images; ++n)
    for (std::size_t h = 0; h < shape.height; h += 2)
      for (std::size_t w = 0; w < shape.width; w += 2)
        for (std::size_t c = 0; c < shape.channels; ++c) {
          std::size_t best = at(n, h, w, c);
          for (const std::size_t other : {at(n, h, w + 1, c), at(n, h + 1, w, c), at(n, h + 1, w + 1, c)})
            if (x[other] > x[best]) best = other;
          dx[best] = dy[output++];
        }
  return dx;
}

Doubles max_pool(const PoolShape& shape, const Doubles& x) {
  Doubles y;
  for (std::size_t n = 0; n < shape.images; ++n)
    for (std::size_t h = 0; h < shape.height; h += 2)
      for (std::size_t w = 0; w < shape.width; w += 2)
        for (std::size_t c = 0; c < shape.channels; ++c) {
          const std::size_t row = shape.width * shape.channels;
          const std::size_t corner = ((n * shape.height + h) * shape.width + w) * shape.channels + c;
          y.push_back(
              std::max({x[corner], x[corner + shape.channels], x[corner + row], x[corner + row + shape.channels]}));
        }
  return y;
}

Doubles average_pool(const PoolShape& shape, const Doubles& x) {
  Doubles y;
  for (std::size_t n = 0; n < shape.images; ++n)
    for (std::size_t h = 0; h < shape.height; h += 2)
      for (std::size_t w = 0; w < shape.width; w += 2)
        for (std::size_t c = 0; c < shape.channels; ++c) {
          const std::size_t row = shape.width * shape.channels;
          const std::size_t corner = ((n * shape.height + h) * shape.width + w) * shape.channels + c;
          y.push_back((x[corner] + x[corner + shape.channels] + x[corner + row] + x[corner + row + shape.channels]) /
                      4);
        }
  return y;
}

Doubles average_pool_gradient(const PoolShape& shape, const Doubles& dy) {
  Doubles dx;
  for (std::size_t n = 0; n < shape.images; ++n)
    for (std::size_t h = 0; h < shape.height; ++h)
      for (std::size_t w = 0; w < shape.width; ++w)
        for (std::size_t c = 0; c < shape.channels; ++c)
          dx.push_back(dy[((n * (shape.height / 2) + h / 2) * (shape.width / 2) + w / 2) * shape.channels + c] / 4);
  return dx;
}

Doubles cross_entropy(std::size_t rows, std::size_t classes, const Doubles& logits,
                      const std::vector<std::int32_t>& labels) {
  Doubles loss(rows);
  for (std::size_t r = 0; r < rows; ++r) {
    const double label = logits[r * classes + static_cast<std::size_t>(labels[r])];
    double sum = 0;  // of exponentials over the label's own: -log(softmax) is the logarithm of it
    for (std::size_t c = 0; c < classes; ++c) sum += std::exp(logits[r * classes + c] - label);
    loss[r] = std::log(sum);
  }
  return loss;
}

Doubles cross_entropy_gradient(std::size_t rows, std::size_t classes, const Doubles& logits,
                               const std::vector<std::int32_t>& labels) {
  Doubles gradient(rows * classes);
  for (std::size_t r = 0; r < rows; ++r) {
    const auto row = logits.begin() + static_cast<std::ptrdiff_t>(r * classes);
    const double largest = *std::max_element(row, row + static_cast<std::ptrdiff_t>(classes));
    double sum = 0;
    for (std::size_t c = 0; c < classes; ++c) sum += std::exp(logits[r * classes + c] - largest);
    for (std::size_t c = 0; c < classes; ++c) {
      const double softmax = std::exp(logits[r * classes + c] - largest) / sum;
      gradient[r * classes + c] = softmax - (static_cast<std::size_t>(labels[r]) == c ? 1 : 0);
    }
  }
  return gradient;
}

}  // namespace lanemark::test
