// SPDX-License-Identifier: MIT

#include <algorithm>

#include "bench/kernels/arrays.hpp"
#include "bench/kernels/kernel.hpp"
#include "bench/kernels/projection.hpp"
#include "kernels/operations.hpp"

// The convolution's three passes; shape images x height x width x channels in x channels out [x filter [x stride]].

namespace lanemark {
namespace {

ConvolutionShape convolution_shape(const KernelShape& shape) {
  ConvolutionShape of{shape[0], shape[1], shape[2], shape[3], shape[4]};
  if (shape.size() > 5) of.filter = shape[5];
  if (shape.size() > 6) of.stride = shape[6];
  return of;
}

struct Sizes {
  std::size_t x, y, weight;
  explicit Sizes(const ConvolutionShape& shape)
      : x{shape.input_pixels() * shape.inputs},
        y{shape.output_pixels() * shape.outputs},
        weight{shape.outputs * shape.taps() * shape.inputs} {}
};

Work work(const KernelShape& numbers, Precision precision, bool of_weight) {
  const ConvolutionShape shape = convolution_shape(numbers);
  const Sizes sizes{shape};
  const std::size_t size = size_of(layer_type(precision)).value;
  const std::size_t wider = of_weight ? sizes.weight * (sizeof(float) - size) : 0;
  return {.elements = of_weight ? sizes.weight : sizes.y,
          .bytes = Bytes{(sizes.x + sizes.y + sizes.weight) * size + wider},
          .flops = {2.0 * static_cast<double>(shape.output_pixels()) * static_cast<double>(sizes.weight)}};
}

Bytes convolution_memory(const KernelShape& numbers, Precision precision) {
  const ConvolutionShape shape = convolution_shape(numbers);
  const Sizes sizes{shape};
  const std::size_t size = size_of(layer_type(precision)).value;
  return Bytes{(2 * sizes.x + sizes.y) * size + sizes.weight * sizeof(float) + 8 * shape.outputs};
}

/// Calls f(input pixel, tap) for all taps that fall inside the image under an output pixel.
template <class F>
void for_each_tap(const ConvolutionShape& shape, std::size_t output, F&& f) {
  const std::size_t image = output / shape.output_width() / shape.output_height();
  const std::size_t h = output / shape.output_width() % shape.output_height() * shape.stride;
  const std::size_t w = output % shape.output_width() * shape.stride;
  for (std::size_t tap = 0; tap < shape.taps(); ++tap) {
    const std::size_t row = h + tap / shape.filter;
    const std::size_t column = w + tap % shape.filter;
    if (row < shape.padding() || row - shape.padding() >= shape.height) continue;
    if (column < shape.padding() || column - shape.padding() >= shape.width) continue;
    f((image * shape.height + row - shape.padding()) * shape.width + column - shape.padding(), tap);
  }
}

/// Calls f(output pixel, tap) for all output pixels that an input pixel is under, and the tap it is under there.
template <class F>
void for_each_output(const ConvolutionShape& shape, std::size_t input, F&& f) {
  const std::size_t image = input / shape.width / shape.height;
  // Where the filter's corner would lie: a tap further back for each.
  const std::size_t h = input / shape.width % shape.height + shape.padding();
  const std::size_t w = input % shape.width + shape.padding();
  for (std::size_t tap = 0; tap < shape.taps(); ++tap) {
    const std::size_t down = tap / shape.filter;
    const std::size_t across = tap % shape.filter;
    if (h < down || w < across || (h - down) % shape.stride != 0 || (w - across) % shape.stride != 0) continue;
    const std::size_t row = (h - down) / shape.stride;
    const std::size_t column = (w - across) / shape.stride;
    if (row >= shape.output_height() || column >= shape.output_width()) continue;
    f((image * shape.output_height() + row) * shape.output_width() + column, tap);
  }
}

class ConvolutionData : public KernelData {
 public:
  ConvolutionData(StreamRef stream, const KernelShape& shape, Precision precision, std::uint64_t seed)
      : stream_{stream}, shape_{convolution_shape(shape)}, sizes_{shape_}, precision_{precision}, seed_{seed} {}

 protected:
  [[nodiscard]] KernelArray random(std::size_t size, std::uint64_t salt) const {
    return KernelArray::random(stream_, layer_type(precision_), size, seed_ + salt);
  }
  [[nodiscard]] KernelArray output(DType dtype, std::size_t size) const {
    return KernelArray::poisoned(stream_, dtype, size);
  }
  [[nodiscard]] ProductError error(DType result, std::size_t depth) const {
    return product_error(precision_, result, depth);
  }
  [[nodiscard]] bool tf32() const { return precision_ == Precision::tf32; }
  [[nodiscard]] const ConvolutionShape& shape() const { return shape_; }
  [[nodiscard]] const Sizes& sizes() const { return sizes_; }
  [[nodiscard]] DType dtype() const { return layer_type(precision_); }
  [[nodiscard]] StreamRef stream() const { return stream_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }

 private:
  StreamRef stream_;
  ConvolutionShape shape_;
  Sizes sizes_;
  Precision precision_;
  std::uint64_t seed_;
};

class ConvolutionForwardKernel final : public ConvolutionData {
 public:
  using ConvolutionData::ConvolutionData;
  void run(const Executor& on) override { multiply(on, true); }
  void restore() override { y_.poison(); }
  [[nodiscard]] std::vector<Array> outputs() const override { return {y_.span()}; }
  /// As a product: pixels x outputs, over taps and inputs.
  std::string problem(const Executor& on) override {
    const auto found = y_.download();
    restore();
    multiply(on, false);
    const auto plain = y_.download();
    const auto x = x_.download();
    const std::size_t inputs = shape().inputs;
    const ProductShape product{shape().output_pixels(), shape().outputs, shape().taps() * inputs};
    const Projection projection{product.columns, block_width(product), seed()};
    const Folded weight = fold_columns(projection, product.depth, weight_.download());
    Predicted sums = predict(projection, product, weight, [&](std::size_t output, const auto& use) {
      for_each_tap(shape(), output,
                   [&](std::size_t pixel, std::size_t tap) { use(x.data() + pixel * inputs, inputs, tap * inputs); });
    });
    add_to_rows(projection, bias_.download(), sums);
    ProductError allowed = error(dtype(), product.depth);
    allowed.of_sum += allowed.of_result;  // the library rounds a first time before it adds the bias
    std::string wrong = check_product(projection, product, sums, weight, allowed, plain);
    if (!wrong.empty()) return wrong;
    return check_fused(projection, product, sums, weight, allowed, found, plain,
                       [](std::size_t, double value) { return std::max(0.0, value); });
  }

 private:
  void multiply(const Executor& on, bool relu) const {
    convolution_forward(on, {shape(), x_.span(), weight_.span(), bias_.floats(), y_.span(), relu, tf32()});
  }

  KernelArray x_ = random(sizes().x, 1);
  KernelArray weight_ = random(sizes().weight, 2);
  KernelArray bias_ = KernelArray::random(stream(), DType::float32, shape().outputs, seed() + 3);
  KernelArray y_ = output(dtype(), sizes().y);
};

/// With or without the ReLU of the layer before, which no library fuses.
template <bool with_mask>
class ConvolutionDataKernel final : public ConvolutionData {
 public:
  using ConvolutionData::ConvolutionData;
  void run(const Executor& on) override { backward(on, with_mask); }
  void restore() override { dx_.poison(); }
  [[nodiscard]] std::vector<Array> outputs() const override { return {dx_.span()}; }
  /// As a product: input pixels x inputs, over taps and outputs.
  std::string problem(const Executor& on) override {
    const auto found = dx_.download();
    if (with_mask) {
      restore();
      backward(on, false);
    }
    const auto plain = with_mask ? dx_.download() : found;
    const auto dy = dy_.download();
    const auto weight = weight_.download();
    const std::size_t outputs = shape().outputs;
    const ProductShape product{shape().input_pixels(), shape().inputs, shape().taps() * outputs};
    const Projection projection{product.columns, block_width(product), seed()};
    const Folded folded = fold_rows(projection, product.depth, [&](std::size_t k) {
      return weight.data() + (k % outputs * shape().taps() + k / outputs) * shape().inputs;
    });
    const Predicted sums = predict(projection, product, folded, [&](std::size_t pixel, const auto& use) {
      for_each_output(shape(), pixel, [&](std::size_t output, std::size_t tap) {
        use(dy.data() + output * outputs, outputs, tap * outputs);
      });
    });
    const ProductError allowed = error(dtype(), product.depth);
    std::string wrong = check_product(projection, product, sums, folded, allowed, plain);
    if (!wrong.empty() || !with_mask) return wrong;
    const auto mask = mask_.download();
    return check_fused(projection, product, sums, folded, allowed, found, plain,
                       [&](std::size_t i, double value) { return mask[i] > 0 ? value : 0; });
  }

 private:
  void backward(const Executor& on, bool masked) const {
    convolution_backward_data(on, {shape(), dy_.span(), weight_.span(), dx_.span(),
                                   masked ? ConstArray{mask_.span()} : ConstArray{}, tf32()});
  }

  KernelArray dy_ = random(sizes().y, 1);
  KernelArray weight_ = random(sizes().weight, 2);
  KernelArray mask_ = random(sizes().x, 3);
  KernelArray dx_ = output(dtype(), sizes().x);
};

class ConvolutionWeightKernel final : public ConvolutionData {
 public:
  using ConvolutionData::ConvolutionData;
  void run(const Executor& on) override {
    convolution_backward_weight(on, {shape(), dy_.span(), x_.span(), dweight_.floats(), dbias_.floats(), tf32()});
  }
  void restore() override {
    dweight_.poison();
    dbias_.poison();
  }
  [[nodiscard]] std::vector<Array> outputs() const override { return {dweight_.span(), dbias_.span()}; }
  /// As products: outputs and taps x inputs, over pixels.
  std::string problem(const Executor& /*on*/) override {
    const auto dy = dy_.download();
    const auto x = x_.download();
    const std::size_t inputs = shape().inputs;
    const ProductShape product{shape().outputs * shape().taps(), inputs, shape().output_pixels()};
    const Projection projection{product.columns, block_width(product), seed()};
    const Folded folded =
        fold_rows(projection, shape().input_pixels(), [&](std::size_t pixel) { return x.data() + pixel * inputs; });
    const Predicted sums =
        predict_gradient(projection, dy, shape().outputs, shape().taps(), folded,
                         [&](std::size_t output, const auto& use) { for_each_tap(shape(), output, use); });
    // The library has gradients in the case's type and widens them.
    const std::string of_weight =
        check_product(projection, product, sums, folded, error(dtype(), product.depth), dweight_.download());
    if (!of_weight.empty()) return "weight gradient: " + of_weight;
    const std::string of_bias = check_bias_gradient(dy, dbias_.download());
    return of_bias.empty() ? "" : "bias gradient: " + of_bias;
  }

 private:
  KernelArray dy_ = random(sizes().y, 1);
  KernelArray x_ = random(sizes().x, 2);
  KernelArray dweight_ = output(DType::float32, sizes().weight);
  KernelArray dbias_ = output(DType::float32, shape().outputs);
};

Kernel kernel(std::string_view name, Work (*work_of)(const KernelShape&, Precision),
              std::unique_ptr<KernelData> (*make_data)(StreamRef, const KernelShape&, Precision, std::uint64_t),
              bool (*has_library)(DeviceKind)) {
  return {.name = name,
          .family = KernelFamily::convolution,
          .has_tf32 = true,
          .work = work_of,
          .memory = convolution_memory,
          .make = make_data,
          .has_library = has_library};
}
template <const auto& operation>
bool has_library(DeviceKind kind) {
  return operation.has(kind, Compute::library);
}
Work data_work(const KernelShape& shape, Precision precision) { return work(shape, precision, false); }
Work weight_work(const KernelShape& shape, Precision precision) { return work(shape, precision, true); }

const Registered<Kernel> convolution_forward_kernel{kernel(convolution_forward.name(), data_work,
                                                           make_kernel_data<ConvolutionForwardKernel>,
                                                           has_library<convolution_forward>)};
const Registered<Kernel> convolution_backward_data_kernel{kernel(convolution_backward_data.name(), data_work,
                                                                 make_kernel_data<ConvolutionDataKernel<false>>,
                                                                 has_library<convolution_backward_data>)};
const Registered<Kernel> convolution_backward_data_relu_kernel{kernel("convolution_backward_data_relu", data_work,
                                                                      make_kernel_data<ConvolutionDataKernel<true>>,
                                                                      has_library<convolution_backward_data>)};
const Registered<Kernel> convolution_backward_weight_kernel{kernel(convolution_backward_weight.name(), weight_work,
                                                                   make_kernel_data<ConvolutionWeightKernel>,
                                                                   has_library<convolution_backward_weight>)};

}  // namespace
}  // namespace lanemark
