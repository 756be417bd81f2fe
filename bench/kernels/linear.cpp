// SPDX-License-Identifier: MIT

#include <algorithm>

#include "bench/kernels/arrays.hpp"
#include "bench/kernels/kernel.hpp"
#include "bench/kernels/projection.hpp"
#include "kernels/operations.hpp"

// The linear layer's three passes; shape rows x inputs x outputs.

namespace lanemark {
namespace {

LinearShape linear_shape(const KernelShape& shape) { return {shape[0], shape[1], shape[2]}; }

/// All three passes multiply as much, and move the same three matrices.
Work work(const KernelShape& shape, Precision precision, std::size_t elements, bool float_result) {
  const auto [rows, inputs, outputs] = linear_shape(shape);
  const std::size_t size = size_of(layer_type(precision)).value;
  const std::size_t all = rows * inputs + rows * outputs + inputs * outputs;
  const std::size_t bytes = all * size + (float_result ? elements * (sizeof(float) - size) : 0);
  return {.elements = elements,
          .bytes = Bytes{bytes},
          .flops = {2.0 * static_cast<double>(rows) * static_cast<double>(inputs) * static_cast<double>(outputs)}};
}

Bytes linear_memory(const KernelShape& shape, Precision precision) {
  const auto [rows, inputs, outputs] = linear_shape(shape);
  const std::size_t size = size_of(layer_type(precision)).value;
  return Bytes{(2 * rows * inputs + rows * outputs) * size + inputs * outputs * sizeof(float) + 8 * outputs};
}

class LinearData : public KernelData {
 public:
  LinearData(StreamRef stream, const KernelShape& shape, Precision precision, std::uint64_t seed)
      : stream_{stream}, shape_{linear_shape(shape)}, precision_{precision}, seed_{seed} {}

 protected:
  [[nodiscard]] KernelArray random(std::size_t size, std::uint64_t salt) const {
    return KernelArray::random(stream_, layer_type(precision_), size, seed_ + salt);
  }
  [[nodiscard]] KernelArray output(DType dtype, std::size_t size) const {
    return KernelArray::poisoned(stream_, dtype, size);
  }
  [[nodiscard]] bool tf32() const { return precision_ == Precision::tf32; }
  [[nodiscard]] const LinearShape& shape() const { return shape_; }
  [[nodiscard]] ProductError error(DType result, std::size_t depth) const {
    return product_error(precision_, result, depth);
  }
  [[nodiscard]] StreamRef stream() const { return stream_; }
  [[nodiscard]] Precision precision() const { return precision_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }

 private:
  StreamRef stream_;
  LinearShape shape_;
  Precision precision_;
  std::uint64_t seed_;
};

/// Rows of a matrix that lie one after the other.
Runs rows_of(const std::vector<float>& matrix, std::size_t columns) {
  return [&matrix, columns](std::size_t row, const auto& use) { use(matrix.data() + row * columns, columns, 0); };
}

class LinearForwardKernel final : public LinearData {
 public:
  using LinearData::LinearData;
  void run(const Executor& on) override { multiply(on, true); }
  void restore() override { y_.poison(); }
  [[nodiscard]] std::vector<Array> outputs() const override { return {y_.span()}; }
  std::string problem(const Executor& on) override {
    const auto found = y_.download();
    restore();
    multiply(on, false);
    const auto plain = y_.download();
    const auto x = x_.download();
    const auto bias = bias_.download();
    const ProductShape product{shape().rows, shape().outputs, shape().inputs};
    const Projection projection{product.columns, block_width(product), seed()};
    const Folded weight = fold_columns(projection, product.depth, weight_.download());
    Predicted sums = predict(projection, product, weight, rows_of(x, shape().inputs));
    add_to_rows(projection, bias, sums);
    ProductError allowed = error(y_.span().dtype(), product.depth);
    allowed.of_sum += allowed.of_result;  // a library that cannot add the bias itself rounds before it is added
    std::string wrong = check_product(projection, product, sums, weight, allowed, plain);
    if (!wrong.empty()) return wrong;
    return check_fused(projection, product, sums, weight, allowed, found, plain,
                       [](std::size_t, double value) { return std::max(0.0, value); });
  }

 private:
  void multiply(const Executor& on, bool relu) const {
    linear_forward(on, {shape(), x_.span(), weight_.span(), bias_.floats(), y_.span(), relu, tf32()});
  }

  KernelArray x_ = random(shape().rows * shape().inputs, 1);
  KernelArray weight_ = random(shape().outputs * shape().inputs, 2);
  KernelArray bias_ = KernelArray::random(stream(), DType::float32, shape().outputs, seed() + 3);
  KernelArray y_ = output(layer_type(precision()), shape().rows* shape().outputs);
};

/// With or without the ReLU of the layer before, which no library fuses.
template <bool with_mask>
class LinearDataKernel final : public LinearData {
 public:
  using LinearData::LinearData;
  void run(const Executor& on) override { backward(on, with_mask); }
  void restore() override { dx_.poison(); }
  [[nodiscard]] std::vector<Array> outputs() const override { return {dx_.span()}; }
  std::string problem(const Executor& on) override {
    const auto found = dx_.download();
    if (with_mask) {
      restore();
      backward(on, false);
    }
    const auto plain = with_mask ? dx_.download() : found;
    const auto dy = dy_.download();
    const auto weight = weight_.download();
    const ProductShape product{shape().rows, shape().inputs, shape().outputs};
    const Projection projection{product.columns, block_width(product), seed()};
    const Folded folded = fold_rows(projection, product.depth,
                                    [&](std::size_t output) { return weight.data() + output * shape().inputs; });
    const Predicted sums = predict(projection, product, folded, rows_of(dy, shape().outputs));
    const ProductError allowed = error(dx_.span().dtype(), product.depth);
    std::string wrong = check_product(projection, product, sums, folded, allowed, plain);
    if (!wrong.empty() || !with_mask) return wrong;
    const auto mask = mask_.download();
    return check_fused(projection, product, sums, folded, allowed, found, plain,
                       [&](std::size_t i, double value) { return mask[i] > 0 ? value : 0; });
  }

 private:
  void backward(const Executor& on, bool masked) const {
    linear_backward_data(on, {shape(), dy_.span(), weight_.span(), dx_.span(),
                              masked ? ConstArray{mask_.span()} : ConstArray{}, tf32()});
  }

  KernelArray dy_ = random(shape().rows * shape().outputs, 1);
  KernelArray weight_ = random(shape().outputs * shape().inputs, 2);
  KernelArray mask_ = random(shape().rows * shape().inputs, 3);
  KernelArray dx_ = output(layer_type(precision()), shape().rows* shape().inputs);
};

class LinearWeightKernel final : public LinearData {
 public:
  using LinearData::LinearData;
  void run(const Executor& on) override {
    linear_backward_weight(on, {shape(), dy_.span(), x_.span(), dweight_.floats(), dbias_.floats(), tf32()});
  }
  void restore() override {
    dweight_.poison();
    dbias_.poison();
  }
  [[nodiscard]] std::vector<Array> outputs() const override { return {dweight_.span(), dbias_.span()}; }
  std::string problem(const Executor& /*on*/) override {
    const auto dy = dy_.download();
    const auto x = x_.download();
    const ProductShape product{shape().outputs, shape().inputs, shape().rows};
    const Projection projection{product.columns, block_width(product), seed()};
    const Folded folded =
        fold_rows(projection, product.depth, [&](std::size_t row) { return x.data() + row * shape().inputs; });
    const Predicted sums = predict_gradient(projection, dy, shape().outputs, 1, folded,
                                            [](std::size_t row, const auto& use) { use(row, 0); });
    const std::string of_weight =
        check_product(projection, product, sums, folded, error(DType::float32, product.depth), dweight_.download());
    if (!of_weight.empty()) return "weight gradient: " + of_weight;
    const std::string of_bias = check_bias_gradient(dy, dbias_.download());
    return of_bias.empty() ? "" : "bias gradient: " + of_bias;
  }

 private:
  KernelArray dy_ = random(shape().rows * shape().outputs, 1);
  KernelArray x_ = random(shape().rows * shape().inputs, 2);
  KernelArray dweight_ = output(DType::float32, shape().outputs* shape().inputs);
  KernelArray dbias_ = output(DType::float32, shape().outputs);
};

const Registered<Kernel> linear_forward_kernel{
    {.name = linear_forward.name(),
     .family = KernelFamily::linear,
     .has_tf32 = true,
     .work = [](const KernelShape& s, Precision p) { return work(s, p, s[0] * s[2], false); },
     .memory = linear_memory,
     .make = make_kernel_data<LinearForwardKernel>,
     .has_library = [](DeviceKind kind) { return linear_forward.has(kind, Compute::library); }}};
const Registered<Kernel> linear_backward_data_kernel{
    {.name = linear_backward_data.name(),
     .family = KernelFamily::linear,
     .has_tf32 = true,
     .work = [](const KernelShape& s, Precision p) { return work(s, p, s[0] * s[1], false); },
     .memory = linear_memory,
     .make = make_kernel_data<LinearDataKernel<false>>,
     .has_library = [](DeviceKind kind) { return linear_backward_data.has(kind, Compute::library); }}};
const Registered<Kernel> linear_backward_data_relu_kernel{
    {.name = "linear_backward_data_relu",
     .family = KernelFamily::linear,
     .has_tf32 = true,
     .work = [](const KernelShape& s, Precision p) { return work(s, p, s[0] * s[1], false); },
     .memory = linear_memory,
     .make = make_kernel_data<LinearDataKernel<true>>,
     .has_library = [](DeviceKind kind) { return linear_backward_data.has(kind, Compute::library); }}};
const Registered<Kernel> linear_backward_weight_kernel{
    {.name = linear_backward_weight.name(),
     .family = KernelFamily::linear,
     .has_tf32 = true,
     .work = [](const KernelShape& s, Precision p) { return work(s, p, s[1] * s[2], true); },
     .memory = linear_memory,
     .make = make_kernel_data<LinearWeightKernel>,
     .has_library = [](DeviceKind kind) { return linear_backward_weight.has(kind, Compute::library); }}};

}  // namespace
}  // namespace lanemark
