#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/core/dtype.hpp"
#include "kernels/core/operation.hpp"
#include "kernels/core/span.hpp"

// The operations of a training step and of the collectives' reference implementations, declared once for the
// host and for GPUs. All matrices are row-major and dense, all images NHWC. Spans must not overlap unless said.

namespace lanemark {

// ---- linear layer ---------------------------------------------------------------------------------------------

struct LinearShape {
  std::size_t rows;     ///< samples
  std::size_t inputs;   ///< features in
  std::size_t outputs;  ///< features out
};

/// y[rows, outputs] = x[rows, inputs] · w[outputs, inputs]ᵀ + b[outputs], then max(0, y) if `relu`.
struct LinearForward {
  LinearShape shape;
  DeviceSpan<const float> x, weight, bias;
  DeviceSpan<float> y;
  bool relu;
};

/// dx[rows, inputs] = dy[rows, outputs] · w[outputs, inputs].
struct LinearBackwardData {
  LinearShape shape;
  DeviceSpan<const float> dy, weight;
  DeviceSpan<float> dx;
};

/// dw[outputs, inputs] = dyᵀ · x; db[outputs] = column sums of dy.
struct LinearBackwardWeight {
  LinearShape shape;
  DeviceSpan<const float> dy, x;
  DeviceSpan<float> dweight, dbias;
};

inline constinit Operation<LinearForward> linear_forward{"linear_forward"};
inline constinit Operation<LinearBackwardData> linear_backward_data{"linear_backward_data"};
inline constinit Operation<LinearBackwardWeight> linear_backward_weight{"linear_backward_weight"};

// ---- 3x3 convolution, padding 1, stride 1 -------------------------------------------------------------------

struct ConvolutionShape {
  std::size_t images, height, width;
  std::size_t inputs;   ///< channels in
  std::size_t outputs;  ///< channels out
};

/// Cross-correlation as in deep learning: y[n,h,w,o] = b[o] + sum over r, s, c of
/// x[n, h+r-1, w+s-1, c] · weight[o, r, s, c], zero outside the image; then max(0, y) if `relu`.
struct ConvolutionForward {
  ConvolutionShape shape;
  DeviceSpan<const float> x, weight, bias;
  DeviceSpan<float> y;
  bool relu;
};

struct ConvolutionBackwardData {
  ConvolutionShape shape;
  DeviceSpan<const float> dy, weight;
  DeviceSpan<float> dx;
};

struct ConvolutionBackwardWeight {
  ConvolutionShape shape;
  DeviceSpan<const float> dy, x;
  DeviceSpan<float> dweight, dbias;
};

inline constinit Operation<ConvolutionForward> convolution_forward{"convolution_forward"};
inline constinit Operation<ConvolutionBackwardData> convolution_backward_data{"convolution_backward_data"};
inline constinit Operation<ConvolutionBackwardWeight> convolution_backward_weight{"convolution_backward_weight"};

// ---- pointwise, pooling, loss, update -----------------------------------------------------------------------

/// dy[i] becomes 0 where y[i] is not positive; y is the layer's output after its ReLU.
struct ReluBackward {
  DeviceSpan<const float> y;
  DeviceSpan<float> dy;
};

/// 2x2 maxima, stride 2; height and width are the input's and even.
struct MaxPoolShape {
  std::size_t images, height, width, channels;
};
struct MaxPoolForward {
  MaxPoolShape shape;
  DeviceSpan<const float> x;
  DeviceSpan<float> y;
};
/// The gradient goes to the first maximum in row-major order of the window, 0 to the others.
struct MaxPoolBackward {
  MaxPoolShape shape;
  DeviceSpan<const float> x, y, dy;
  DeviceSpan<float> dx;
};

/// Per sample: loss[i] = -log softmax(logits[i])[labels[i]] and dlogits[i] = softmax(logits[i]) - onehot(labels[i]).
/// Neither is divided by the batch: the update divides once, so that uneven shards need no special case.
struct SoftmaxCrossEntropy {
  std::size_t rows, classes;
  DeviceSpan<const float> logits;
  DeviceSpan<const std::int32_t> labels;
  DeviceSpan<float> dlogits;
  DeviceSpan<float> loss;  ///< [rows]
};

/// momentum = momentum_factor · momentum + gradient / gradient_divisor; parameter -= learning_rate · momentum.
/// PyTorch's SGD without dampening. A true division: exact where the quotient is.
struct MomentumSgd {
  DeviceSpan<const float> gradient;
  DeviceSpan<float> momentum, parameter;
  float learning_rate, momentum_factor, gradient_divisor;
};

inline constinit Operation<ReluBackward> relu_backward{"relu_backward"};
inline constinit Operation<MaxPoolForward> max_pool_forward{"max_pool_forward"};
inline constinit Operation<MaxPoolBackward> max_pool_backward{"max_pool_backward"};
inline constinit Operation<SoftmaxCrossEntropy> softmax_cross_entropy{"softmax_cross_entropy"};
inline constinit Operation<MomentumSgd> momentum_sgd{"momentum_sgd"};

// ---- reductions and data ------------------------------------------------------------------------------------

/// accumulator[i] = accumulator[i] op operand[i], `count` elements of `dtype`; avg adds like sum. Integers wrap.
struct Combine {
  DType dtype;
  ReduceOp op;
  std::size_t count;
  const void* operand;
  void* accumulator;
};

/// values[i] = values[i] / divisor, integers rounded towards zero.
struct Divide {
  DType dtype;
  std::size_t count;
  void* values;
  int divisor;
};

/// values[i] uniform in [low, high), a pure function of seed and first + i (pattern.hpp), the same on every device.
struct FillUniform {
  DeviceSpan<float> values;
  std::uint64_t seed;
  float low, high;
  std::uint64_t first = 0;
};

/// labels[i] uniform in [0, classes), likewise.
struct FillLabels {
  DeviceSpan<std::int32_t> labels;
  std::uint64_t seed;
  std::int32_t classes;
  std::uint64_t first = 0;
};

/// Writes element i of `rank`'s contribution (pattern.hpp) for i in [first, first + count).
struct FillPattern {
  DType dtype;
  ReduceOp op;
  int ranks;
  int rank;
  std::uint64_t seed;
  std::size_t first, count;
  void* values;
};

/// How far an output is from what it must be.
struct Mismatch {
  unsigned long long wrong;  ///< elements
  unsigned long long first;  ///< index of the first wrong one, meaningful if wrong > 0
};

/// Compares `count` elements with the pattern: of `rank`, elements from `first` on; or, if rank < 0, with the
/// reduction over all ranks. Adds to *result, which lies in device memory and starts as {0, ~0}; `offset` is
/// added to reported indices. The allowed error is pattern.hpp's `tolerance`.
struct CheckPattern {
  DType dtype;
  ReduceOp op;
  int ranks;
  int rank;
  std::uint64_t seed;
  std::size_t first, count, offset;
  const void* values;
  Mismatch* result;
};

inline constinit Operation<Combine> combine{"combine"};
inline constinit Operation<Divide> divide{"divide"};
inline constinit Operation<FillUniform> fill_uniform{"fill_uniform"};
inline constinit Operation<FillLabels> fill_labels{"fill_labels"};
inline constinit Operation<FillPattern> fill_pattern{"fill_pattern"};
inline constinit Operation<CheckPattern> check_pattern{"check_pattern"};

}  // namespace lanemark
