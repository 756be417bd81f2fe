// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/core/array.hpp"
#include "kernels/core/dtype.hpp"
#include "kernels/core/operation.hpp"
#include "kernels/core/span.hpp"

// The operations of a training step and of the collectives' reference implementations, declared once for the
// host and for GPUs. All matrices are row-major and dense, all images NHWC. Spans must not overlap unless said.

namespace lanemark {

// Layers compute on float or BFloat16 arrays: activations, their gradients and the weights of one call all have the
// same type, sums are kept in float. Biases, and the gradients of parameters, are float always: they belong to the
// parameters in full precision. Where the elements are float and `tf32` is set, products may take operands rounded to
// 10 bits of fraction, as tensor cores do.

// ---- linear layer ---------------------------------------------------------------------------------------------

struct LinearShape {
  std::size_t rows;     ///< samples
  std::size_t inputs;   ///< features in
  std::size_t outputs;  ///< features out
};

/// y[rows, outputs] = x[rows, inputs] · w[outputs, inputs]ᵀ + b[outputs], then max(0, y) if `relu`.
struct LinearForward {
  LinearShape shape;
  ConstArray x, weight;
  DeviceSpan<const float> bias;
  Array y;
  bool relu = false;
  bool tf32 = false;
};

/// dx[rows, inputs] = dy[rows, outputs] · w[outputs, inputs], then 0 where `relu_output` is not positive.
struct LinearBackwardData {
  LinearShape shape;
  ConstArray dy, weight;
  Array dx;
  ConstArray relu_output = {};  ///< [rows, inputs], the layer's input where a ReLU made it; empty where none did
  bool tf32 = false;
};

/// dw[outputs, inputs] = dyᵀ · x; db[outputs] = column sums of dy.
struct LinearBackwardWeight {
  LinearShape shape;
  ConstArray dy, x;
  DeviceSpan<float> dweight, dbias;
  bool tf32 = false;
};

inline constinit Operation<LinearForward> linear_forward{"linear_forward"};
inline constinit Operation<LinearBackwardData> linear_backward_data{"linear_backward_data"};
inline constinit Operation<LinearBackwardWeight> linear_backward_weight{"linear_backward_weight"};

// ---- convolution ----------------------------------------------------------------------------------------------

/// A square filter, zeros around the image so that at stride 1 the output is as large as the input.
struct ConvolutionShape {
  std::size_t images, height, width;  ///< of the input
  std::size_t inputs;                 ///< channels in
  std::size_t outputs;                ///< channels out
  std::size_t filter = 3;             ///< 1 or 3; padding is filter / 2
  std::size_t stride = 1;             ///< 1 or 2

  [[nodiscard]] constexpr std::size_t taps() const { return filter * filter; }
  [[nodiscard]] constexpr std::size_t padding() const { return filter / 2; }
  [[nodiscard]] constexpr std::size_t output_height() const { return (height + stride - 1) / stride; }
  [[nodiscard]] constexpr std::size_t output_width() const { return (width + stride - 1) / stride; }
  [[nodiscard]] constexpr std::size_t input_pixels() const { return images * height * width; }
  [[nodiscard]] constexpr std::size_t output_pixels() const { return images * output_height() * output_width(); }
};

/// Cross-correlation as in deep learning: y[n,h,w,o] = b[o] + sum over r, s, c of
/// x[n, h·stride+r-padding, w·stride+s-padding, c] · weight[o, r, s, c], zero outside the image; then max(0, y) if
/// `relu`.
struct ConvolutionForward {
  ConvolutionShape shape;
  ConstArray x, weight;
  DeviceSpan<const float> bias;
  Array y;
  bool relu = false;
  bool tf32 = false;
};

/// dx is 0 where `relu_output`, the layer's input where a ReLU made it and else empty, is not positive.
struct ConvolutionBackwardData {
  ConvolutionShape shape;
  ConstArray dy, weight;
  Array dx;
  ConstArray relu_output = {};
  bool tf32 = false;
};

struct ConvolutionBackwardWeight {
  ConvolutionShape shape;
  ConstArray dy, x;
  DeviceSpan<float> dweight, dbias;
  bool tf32 = false;
};

inline constinit Operation<ConvolutionForward> convolution_forward{"convolution_forward"};
inline constinit Operation<ConvolutionBackwardData> convolution_backward_data{"convolution_backward_data"};
inline constinit Operation<ConvolutionBackwardWeight> convolution_backward_weight{"convolution_backward_weight"};

// ---- pointwise, pooling, loss -------------------------------------------------------------------------------

/// y[rows, columns] += b[columns] in place, then max(0, y) if `relu`.
struct BiasForward {
  std::size_t rows, columns;
  DeviceSpan<const float> bias;
  Array y;
  bool relu = false;
};

/// dy[i] becomes 0 where y[i] is not positive; y is the layer's output after its ReLU.
struct ReluBackward {
  ConstArray y;
  Array dy;
};

/// 2x2 windows, stride 2; height and width are the input's and even.
struct PoolShape {
  std::size_t images, height, width, channels;
};
struct MaxPoolForward {
  PoolShape shape;
  ConstArray x;
  Array y;
};
/// The gradient goes to the first maximum in row-major order of the window, 0 to the others; nowhere if `relu`, which
/// says that x is a ReLU's output, and the maximum is not positive.
struct MaxPoolBackward {
  PoolShape shape;
  ConstArray x, dy;
  Array dx;
  bool relu = false;
};
struct AveragePoolForward {
  PoolShape shape;
  ConstArray x;
  Array y;
};
/// A quarter of the gradient to each.
struct AveragePoolBackward {
  PoolShape shape;
  ConstArray dy;
  Array dx;
};

/// Per sample: loss[i] = -log softmax(logits[i])[labels[i]] and dlogits[i] = softmax(logits[i]) - onehot(labels[i]).
/// Neither is divided by the batch: the update divides once, so that uneven shards need no special case.
struct SoftmaxCrossEntropy {
  std::size_t rows, classes;
  ConstArray logits;
  DeviceSpan<const std::int32_t> labels;
  Array dlogits;
  DeviceSpan<float> loss;  ///< [rows]
};

inline constinit Operation<BiasForward> bias_forward{"bias_forward"};
inline constinit Operation<ReluBackward> relu_backward{"relu_backward"};
inline constinit Operation<MaxPoolForward> max_pool_forward{"max_pool_forward"};
inline constinit Operation<MaxPoolBackward> max_pool_backward{"max_pool_backward"};
inline constinit Operation<AveragePoolForward> average_pool_forward{"average_pool_forward"};
inline constinit Operation<AveragePoolBackward> average_pool_backward{"average_pool_backward"};
inline constinit Operation<SoftmaxCrossEntropy> softmax_cross_entropy{"softmax_cross_entropy"};

// ---- update of the parameters -------------------------------------------------------------------------------

/// momentum = momentum_factor · momentum + gradient / gradient_divisor; parameter -= learning_rate · momentum.
/// PyTorch's SGD without dampening. A true division: exact where the quotient is. One launch for any number of
/// tensors: they lie in one arena.
struct MomentumSgd {
  DeviceSpan<const float> gradient;
  DeviceSpan<float> momentum, parameter;
  float learning_rate, momentum_factor, gradient_divisor;
  DeviceSpan<BFloat16> rounded = {};  ///< gets the new parameters in bfloat16, unless empty
};

/// PyTorch's AdamW (Loshchilov and Hutter 2019): with g = gradient / gradient_divisor,
/// parameter -= learning_rate · weight_decay · parameter; mean = beta1 · mean + (1 - beta1) · g;
/// square = beta2 · square + (1 - beta2) · g²; parameter -= learning_rate · (mean / (1 - beta1^step)) /
/// (sqrt(square / (1 - beta2^step)) + epsilon).
struct AdamW {
  DeviceSpan<const float> gradient;
  DeviceSpan<float> mean, square, parameter;
  float learning_rate, beta1, beta2, epsilon, weight_decay, gradient_divisor;
  int step;                           ///< from 1
  DeviceSpan<BFloat16> rounded = {};  ///< gets the new parameters in bfloat16, unless empty
};

inline constinit Operation<MomentumSgd> momentum_sgd{"momentum_sgd"};
inline constinit Operation<AdamW> adamw{"adamw"};

// ---- gradients on their way ---------------------------------------------------------------------------------

/// One tensor of a list, in its own memory, and its place in a packed bucket.
struct TensorPlace {
  float* data;
  std::size_t count;
  std::size_t offset;  ///< of its first element in the bucket
};

/// bucket[offset + i] = data[i] · scale for every tensor, rounded to the bucket's type; one launch. `tensors` lies in
/// device memory, sorted by offset, and leaves no gaps from 0 to `bucket.size()`.
struct PackTensors {
  DeviceSpan<const TensorPlace> tensors;
  Array bucket;  ///< float or BFloat16
  float scale = 1;
};
/// data[i] = bucket[offset + i] · scale for every tensor; one launch.
struct UnpackTensors {
  DeviceSpan<const TensorPlace> tensors;
  ConstArray bucket;  ///< float or BFloat16
  float scale = 1;
};

/// *norm = sqrt(sum of values²); the same bits every time. NaN and infinity in the values come out.
struct GlobalNorm {
  ConstArray values;
  DeviceSpan<float> norm;  ///< one element
};
/// *count = how many values are infinite or NaN.
struct CountNonFinite {
  ConstArray values;
  DeviceSpan<unsigned long long> count;  ///< one element
};

inline constinit Operation<PackTensors> pack_tensors{"pack_tensors"};
inline constinit Operation<UnpackTensors> unpack_tensors{"unpack_tensors"};
inline constinit Operation<GlobalNorm> global_norm{"global_norm"};
inline constinit Operation<CountNonFinite> count_non_finite{"count_non_finite"};

// ---- memory's own speed, and conversion ---------------------------------------------------------------------

/// to[i] = from[i], both of one type or rounded from one to the other.
struct Convert {
  ConstArray from;
  Array to;
};
/// a[i] = b[i] + factor · c[i]; McCalpin's STREAM.
struct Triad {
  DeviceSpan<float> a;
  DeviceSpan<const float> b, c;
  float factor;
};

inline constinit Operation<Convert> convert{"convert"};
inline constinit Operation<Triad> triad{"triad"};

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

/// Writes element i of `rank`'s contribution (contributions.hpp) for i in [first, first + count). Of one rank where
/// nothing is reduced.
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
/// added to reported indices. How far an element may be off, contributions.hpp says.
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

// ---- passing time -------------------------------------------------------------------------------------------

/// *now = the device's clock in nanoseconds, since whatever it counts from.
struct ReadClock {
  std::uint64_t* now;  ///< in device memory
};
/// Keeps the stream waiting for `share` of the time that has passed since the clock showed *since.
struct WaitShare {
  const std::uint64_t* since;  ///< in device memory; not later than now
  double share;                ///< >= 0
};

inline constinit Operation<ReadClock> read_clock{"read_clock"};
inline constinit Operation<WaitShare> wait_share{"wait_share"};

}  // namespace lanemark
