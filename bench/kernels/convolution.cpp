#include <cmath>

#include "bench/kernels/arrays.hpp"
#include "bench/kernels/kernel.hpp"
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

Bytes memory(const KernelShape& numbers, Precision precision) {
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
  [[nodiscard]] std::string compare(const KernelArray& result, const std::function<double(std::size_t)>& expected) {
    return compare_samples(result.download(), seed_, tolerance_of(precision_), expected);
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

class Forward final : public ConvolutionData {
 public:
  using ConvolutionData::ConvolutionData;
  void run(const Executor& on) override {
    convolution_forward(on, {shape(), x_.span(), weight_.span(), bias_.floats(), y_.span(), true, tf32()});
  }
  void restore() override { y_.poison(); }
  std::string problem() override {
    const auto x = x_.download();
    const auto weight = weight_.download();
    const auto bias = bias_.download();
    const std::size_t inputs = shape().inputs;
    return compare(y_, [&](std::size_t index) {
      const std::size_t output = index % shape().outputs;
      double sum = bias[output];
      for_each_tap(shape(), index / shape().outputs, [&](std::size_t pixel, std::size_t tap) {
        for (std::size_t c = 0; c < inputs; ++c) {
          sum += double{x[pixel * inputs + c]} * weight[(output * shape().taps() + tap) * inputs + c];
        }
      });
      return std::max(0.0, sum);
    });
  }

 private:
  KernelArray x_ = random(sizes().x, 1);
  KernelArray weight_ = random(sizes().weight, 2);
  KernelArray bias_ = KernelArray::random(stream(), DType::float32, shape().outputs, seed() + 3);
  KernelArray y_ = output(dtype(), sizes().y);
};

/// With or without the ReLU of the layer before, which no library fuses.
template <bool with_mask>
class BackwardData final : public ConvolutionData {
 public:
  using ConvolutionData::ConvolutionData;
  void run(const Executor& on) override {
    convolution_backward_data(on, {shape(), dy_.span(), weight_.span(), dx_.span(),
                                   with_mask ? ConstArray{mask_.span()} : ConstArray{}, tf32()});
  }
  void restore() override { dx_.poison(); }
  std::string problem() override {
    const auto dy = dy_.download();
    const auto weight = weight_.download();
    const auto mask = mask_.download();
    const std::size_t outputs = shape().outputs;
    const std::size_t per_image = shape().output_height() * shape().output_width();
    return compare(dx_, [&](std::size_t index) {
      const std::size_t input = index % shape().inputs;
      const std::size_t pixel = index / shape().inputs;
      const std::size_t image = pixel / (shape().height * shape().width);
      double sum = 0;
      // Whoever reaches this pixel is a row away at most.
      const std::size_t row = pixel / shape().width % shape().height / shape().stride;
      const std::size_t first = row == 0 ? 0 : row - 1;
      const std::size_t last = std::min(row + 2, shape().output_height());
      for (std::size_t output = image * per_image + first * shape().output_width();
           output < image * per_image + last * shape().output_width(); ++output) {
        for_each_tap(shape(), output, [&](std::size_t reached, std::size_t tap) {
          if (reached != pixel) return;
          for (std::size_t o = 0; o < outputs; ++o) {
            sum += double{dy[output * outputs + o]} * weight[(o * shape().taps() + tap) * shape().inputs + input];
          }
        });
      }
      return !with_mask || mask[index] > 0 ? sum : 0;
    });
  }

 private:
  KernelArray dy_ = random(sizes().y, 1);
  KernelArray weight_ = random(sizes().weight, 2);
  KernelArray mask_ = random(sizes().x, 3);
  KernelArray dx_ = output(dtype(), sizes().x);
};

class BackwardWeight final : public ConvolutionData {
 public:
  using ConvolutionData::ConvolutionData;
  void run(const Executor& on) override {
    convolution_backward_weight(on, {shape(), dy_.span(), x_.span(), dweight_.floats(), dbias_.floats(), tf32()});
  }
  void restore() override {
    dweight_.poison();
    dbias_.poison();
  }
  std::string problem() override {
    const auto dy = dy_.download();
    const auto x = x_.download();
    const std::string of_weight = compare(dweight_, [&](std::size_t index) {
      const std::size_t input = index % shape().inputs;
      const std::size_t wanted = index / shape().inputs % shape().taps();
      const std::size_t output = index / shape().inputs / shape().taps();
      double sum = 0;
      for (std::size_t pixel = 0; pixel < shape().output_pixels(); ++pixel) {
        for_each_tap(shape(), pixel, [&](std::size_t reached, std::size_t tap) {
          if (tap == wanted) sum += double{dy[pixel * shape().outputs + output]} * x[reached * shape().inputs + input];
        });
      }
      return sum;
    });
    if (!of_weight.empty()) return "weight gradient: " + of_weight;
    const std::string of_bias = compare(dbias_, [&](std::size_t output) {
      double sum = 0;
      for (std::size_t pixel = 0; pixel < shape().output_pixels(); ++pixel) sum += dy[pixel * shape().outputs + output];
      return sum;
    });
    return of_bias.empty() ? "" : "bias gradient: " + of_bias;
  }

 private:
  KernelArray dy_ = random(sizes().y, 1);
  KernelArray x_ = random(sizes().x, 2);
  KernelArray dweight_ = output(DType::float32, sizes().weight);
  KernelArray dbias_ = output(DType::float32, shape().outputs);
};

template <class Data>
std::unique_ptr<KernelData> make(StreamRef stream, const KernelShape& shape, Precision precision, std::uint64_t seed) {
  return std::make_unique<Data>(stream, shape, precision, seed);
}

Kernel kernel(std::string_view name, Work (*work_of)(const KernelShape&, Precision),
              std::unique_ptr<KernelData> (*make_data)(StreamRef, const KernelShape&, Precision, std::uint64_t),
              bool (*has_library)(DeviceKind)) {
  return {.name = name,
          .family = KernelFamily::convolution,
          .has_tf32 = true,
          .work = work_of,
          .memory = memory,
          .make = make_data,
          .has_library = has_library};
}
template <const auto& operation>
bool has_library(DeviceKind kind) {
  return operation.has(kind, Compute::library);
}
Work data_work(const KernelShape& shape, Precision precision) { return work(shape, precision, false); }
Work weight_work(const KernelShape& shape, Precision precision) { return work(shape, precision, true); }

const Registered<Kernel> forward{
    kernel(convolution_forward.name(), data_work, make<Forward>, has_library<convolution_forward>)};
const Registered<Kernel> backward_data{kernel(convolution_backward_data.name(), data_work, make<BackwardData<false>>,
                                              has_library<convolution_backward_data>)};
const Registered<Kernel> backward_data_relu{kernel("convolution_backward_data_relu", data_work,
                                                   make<BackwardData<true>>, has_library<convolution_backward_data>)};
const Registered<Kernel> backward_weight{kernel(convolution_backward_weight.name(), weight_work, make<BackwardWeight>,
                                                has_library<convolution_backward_weight>)};

}  // namespace
}  // namespace lanemark
