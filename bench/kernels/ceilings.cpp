#include "bench/kernels/ceilings.hpp"

#include <algorithm>
#include <array>

#include "bench/kernels/arrays.hpp"
#include "kernels/core/event.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

/// Median time of `work`, which enqueues, after it has run twice.
template <class Work>
Seconds time(StreamRef stream, Work&& work) {
  constexpr int repetitions = 7;
  for (int i = 0; i < 2; ++i) work();
  std::vector<Seconds> times;
  const Event start{stream.device()};
  const Event stop{stream.device()};
  for (int i = 0; i < repetitions; ++i) {
    stream.record(start);
    work();
    stream.record(stop);
    stream.synchronize();
    times.push_back(elapsed(start, stop));
  }
  return quantile(times, 0.5);
}

FlopsPerSecond measure_product(StreamRef stream, Precision precision) {
  const bool host = stream.device().kind == DeviceKind::host;
  const std::size_t edge = host ? 1024 : (precision == Precision::fp32 ? 4096 : 8192);
  const LinearShape shape{edge, edge, edge};
  const DType dtype = layer_type(precision);
  const auto x = KernelArray::random(stream, dtype, edge * edge, 1);
  const auto weight = KernelArray::random(stream, dtype, edge * edge, 2);
  const auto bias = KernelArray::random(stream, DType::float32, edge, 3);
  const auto y = KernelArray::poisoned(stream, dtype, edge * edge);
  const Seconds taken = time(stream, [&] {
    linear_forward({stream, Compute::library},
                   {shape, x.span(), weight.span(), bias.floats(), y.span(), false, precision == Precision::tf32});
  });
  const auto size = static_cast<double>(edge);
  return {2 * size * size * size / taken.count()};
}

BytesPerSecond measure_copy(StreamRef stream) {
  const std::size_t size = stream.device().kind == DeviceKind::host ? 1U << 26U : 1U << 28U;  // floats
  const auto from = KernelArray::random(stream, DType::float32, size, 1);
  const auto to = KernelArray::poisoned(stream, DType::float32, size);
  return Bytes{2 * from.span().bytes().value} /
         time(stream, [&] { stream.copy(to.span().data(), from.span().data(), from.span().bytes()); });
}

struct Datasheet {
  std::string_view gpu;                    ///< how its name begins
  std::array<double, 3> terra_per_second;  ///< of each precision, dense
};
constexpr std::array datasheets{Datasheet{"NVIDIA H200", {67, 494.7, 989.4}},
                                Datasheet{"NVIDIA H100 80GB HBM3", {67, 494.7, 989.4}},
                                Datasheet{"NVIDIA A100", {19.5, 156, 312}}};

}  // namespace

MeasuredCeilings::MeasuredCeilings(Device device) {
  const Stream stream{device};
  for (const Precision precision : all_precisions) products_.push_back(measure_product(stream, precision));
  copy_ = measure_copy(stream);
}

std::optional<FlopsPerSecond> datasheet_product(std::string_view gpu, Precision precision) {
  const auto* const found =
      std::ranges::find_if(datasheets, [gpu](const Datasheet& sheet) { return gpu.starts_with(sheet.gpu); });
  if (found == datasheets.end()) return std::nullopt;
  constexpr double terra = 1e12;
  return FlopsPerSecond{found->terra_per_second.at(static_cast<std::size_t>(precision)) * terra};
}

}  // namespace lanemark
