#include "bench/kernels/arrays.hpp"
#include "bench/kernels/kernel.hpp"
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

Bytes memory(const KernelShape& shape, Precision precision) {
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
  [[nodiscard]] std::string compare(const KernelArray& result, const std::function<double(std::size_t)>& expected) {
    return compare_samples(result.download(), seed_, tolerance_of(precision_), expected);
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

class Forward final : public LinearData {
 public:
  using LinearData::LinearData;
  void run(const Executor& on) override {
    linear_forward(on, {shape(), x_.span(), weight_.span(), bias_.floats(), y_.span(), true, tf32()});
  }
  void restore() override { y_.poison(); }
  std::string problem() override {
    const auto x = x_.download();
    const auto weight = weight_.download();
    const auto bias = bias_.download();
    return compare(y_, [&](std::size_t index) {
      const std::size_t row = index / shape().outputs;
      const std::size_t output = index % shape().outputs;
      double sum = bias[output];
      for (std::size_t i = 0; i < shape().inputs; ++i) {
        sum += double{x[row * shape().inputs + i]} * weight[output * shape().inputs + i];
      }
      return std::max(0.0, sum);
    });
  }

 private:
  KernelArray x_ = random(shape().rows * shape().inputs, 1);
  KernelArray weight_ = random(shape().outputs * shape().inputs, 2);
  KernelArray bias_ = KernelArray::random(stream(), DType::float32, shape().outputs, seed() + 3);
  KernelArray y_ = output(layer_type(precision()), shape().rows* shape().outputs);
};

/// With or without the ReLU of the layer before, which no library fuses.
template <bool with_mask>
class BackwardData final : public LinearData {
 public:
  using LinearData::LinearData;
  void run(const Executor& on) override {
    linear_backward_data(on, {shape(), dy_.span(), weight_.span(), dx_.span(),
                              with_mask ? ConstArray{mask_.span()} : ConstArray{}, tf32()});
  }
  void restore() override { dx_.poison(); }
  std::string problem() override {
    const auto dy = dy_.download();
    const auto weight = weight_.download();
    const auto mask = mask_.download();
    return compare(dx_, [&](std::size_t index) {
      const std::size_t row = index / shape().inputs;
      const std::size_t input = index % shape().inputs;
      double sum = 0;
      for (std::size_t o = 0; o < shape().outputs; ++o) {
        sum += double{dy[row * shape().outputs + o]} * weight[o * shape().inputs + input];
      }
      return !with_mask || mask[index] > 0 ? sum : 0;
    });
  }

 private:
  KernelArray dy_ = random(shape().rows * shape().outputs, 1);
  KernelArray weight_ = random(shape().outputs * shape().inputs, 2);
  KernelArray mask_ = random(shape().rows * shape().inputs, 3);
  KernelArray dx_ = output(layer_type(precision()), shape().rows* shape().inputs);
};

class BackwardWeight final : public LinearData {
 public:
  using LinearData::LinearData;
  void run(const Executor& on) override {
    linear_backward_weight(on, {shape(), dy_.span(), x_.span(), dweight_.floats(), dbias_.floats(), tf32()});
  }
  void restore() override {
    dweight_.poison();
    dbias_.poison();
  }
  std::string problem() override {
    const auto dy = dy_.download();
    const auto x = x_.download();
    const auto sum_over_rows = [&](std::size_t output, auto&& factor) {
      double sum = 0;
      for (std::size_t row = 0; row < shape().rows; ++row) sum += dy[row * shape().outputs + output] * factor(row);
      return sum;
    };
    const std::string of_weight = compare(dweight_, [&](std::size_t index) {
      const std::size_t input = index % shape().inputs;
      return sum_over_rows(index / shape().inputs,
                           [&](std::size_t row) { return double{x[row * shape().inputs + input]}; });
    });
    if (!of_weight.empty()) return "weight gradient: " + of_weight;
    const std::string of_bias =
        compare(dbias_, [&](std::size_t output) { return sum_over_rows(output, [](std::size_t) { return 1.0; }); });
    return of_bias.empty() ? "" : "bias gradient: " + of_bias;
  }

 private:
  KernelArray dy_ = random(shape().rows * shape().outputs, 1);
  KernelArray x_ = random(shape().rows * shape().inputs, 2);
  KernelArray dweight_ = output(DType::float32, shape().outputs* shape().inputs);
  KernelArray dbias_ = output(DType::float32, shape().outputs);
};

template <class Data>
std::unique_ptr<KernelData> make(StreamRef stream, const KernelShape& shape, Precision precision, std::uint64_t seed) {
  return std::make_unique<Data>(stream, shape, precision, seed);
}

const Registered<Kernel> forward{
    {.name = linear_forward.name(),
     .family = KernelFamily::linear,
     .has_tf32 = true,
     .work = [](const KernelShape& s, Precision p) { return work(s, p, s[0] * s[2], false); },
     .memory = memory,
     .make = make<Forward>,
     .has_library = [](DeviceKind kind) { return linear_forward.has(kind, Compute::library); }}};
const Registered<Kernel> backward_data{
    {.name = linear_backward_data.name(),
     .family = KernelFamily::linear,
     .has_tf32 = true,
     .work = [](const KernelShape& s, Precision p) { return work(s, p, s[0] * s[1], false); },
     .memory = memory,
     .make = make<BackwardData<false>>,
     .has_library = [](DeviceKind kind) { return linear_backward_data.has(kind, Compute::library); }}};
const Registered<Kernel> backward_data_relu{
    {.name = "linear_backward_data_relu",
     .family = KernelFamily::linear,
     .has_tf32 = true,
     .work = [](const KernelShape& s, Precision p) { return work(s, p, s[0] * s[1], false); },
     .memory = memory,
     .make = make<BackwardData<true>>,
     .has_library = [](DeviceKind kind) { return linear_backward_data.has(kind, Compute::library); }}};
const Registered<Kernel> backward_weight{
    {.name = linear_backward_weight.name(),
     .family = KernelFamily::linear,
     .has_tf32 = true,
     .work = [](const KernelShape& s, Precision p) { return work(s, p, s[1] * s[2], true); },
     .memory = memory,
     .make = make<BackwardWeight>,
     .has_library = [](DeviceKind kind) { return linear_backward_weight.has(kind, Compute::library); }}};

}  // namespace
}  // namespace lanemark
