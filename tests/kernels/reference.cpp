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
  for (std::size_t n = 0; n < shape.images; ++n)
    for (long h = 0; h < height; ++h)
      for (long w = 0; w < width; ++w)
        for (std::size_t o = 0; o < shape.outputs; ++o)
          for (long r = 0; r < 3; ++r)
            for (long s = 0; s < 3; ++s)
              for (std::size_t c = 0; c < shape.inputs; ++c) {
                const long from_h = h + r - 1;
                const long from_w = w + s - 1;
                if (from_h < 0 || from_h >= height || from_w < 0 || from_w >= width) continue;
                const auto pixel = [&](long at_h, long at_w) {
                  return (n * shape.height + static_cast<std::size_t>(at_h)) * shape.width +
                         static_cast<std::size_t>(at_w);
                };
                f(pixel(h, w) * shape.outputs + o,
                  ((o * 3 + static_cast<std::size_t>(r)) * 3 + static_cast<std::size_t>(s)) * shape.inputs + c,
                  pixel(from_h, from_w) * shape.inputs + c);
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
  Doubles y(shape.images * shape.height * shape.width * shape.outputs);
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
  WeightGradients d{Doubles(shape.outputs * 9 * shape.inputs), Doubles(shape.outputs)};
  for (std::size_t i = 0; i < dy.size(); ++i) d.bias[i % shape.outputs] += dy[i];
  for_each_product(shape,
                   [&](std::size_t at_y, std::size_t at_w, std::size_t at_x) { d.weight[at_w] += dy[at_y] * x[at_x]; });
  return d;
}

Doubles max_pool_gradient(const MaxPoolShape& shape, const Doubles& x, const Doubles& dy) {
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

Doubles max_pool(const MaxPoolShape& shape, const Doubles& x) {
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
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < classes; ++c) {
      double inverse = 0;  // 1 / softmax
      for (std::size_t other = 0; other < classes; ++other)
        inverse += std::exp(logits[r * classes + other] - logits[r * classes + c]);
      gradient[r * classes + c] = 1 / inverse - (static_cast<std::size_t>(labels[r]) == c ? 1 : 0);
    }
  return gradient;
}

}  // namespace lanemark::test
