// SPDX-License-Identifier: MIT

#include "bench/kernels/ceilings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <new>

#include "bench/kernels/arrays.hpp"
#include "kernels/core/error.hpp"
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

FlopsPerSecond measure_product(StreamRef stream, Precision precision, std::size_t edge) {
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

BytesPerSecond measure_copy(StreamRef stream, Bytes copied) {
  const std::size_t size = copied.value / sizeof(float);
  const auto from = KernelArray::random(stream, DType::float32, size, 1);
  const auto to = KernelArray::poisoned(stream, DType::float32, size);
  return Bytes{2 * from.span().bytes().value} /
         time(stream, [&] { stream.copy(to.span().data(), from.span().data(), from.span().bytes()); });
}

/// The largest size from `sizes.copied` down, by halves, of which source and target fit.
Bytes copied_in(Bytes room, const CeilingSizes& sizes) {
  Bytes size = sizes.copied;
  while (size * 2 > room && size > sizes.least_copied) size = std::max(size / 2, sizes.least_copied);
  if (size * 2 <= room) return size;
  throw OutOfMemory(
      fmt::format("not enough memory: {} MiB needed and {} MiB there", size.value >> 19U, room.value >> 20U));
}

/// Three matrices, and on a CPU, which widens them, as much again in float.
void check_room(Bytes room, std::size_t edge) {
  const Bytes needed{6 * sizeof(float) * edge * edge};
  if (needed > room) {
    throw OutOfMemory(
        fmt::format("not enough memory: {} MiB needed and {} MiB there", needed.value >> 20U, room.value >> 20U));
  }
}

struct Datasheet {
  std::string_view gpu;                    ///< how its name begins
  std::array<double, 3> terra_per_second;  ///< of each precision, dense
};
constexpr std::array datasheets{Datasheet{"NVIDIA H200", {67, 494.7, 989.4}},
                                Datasheet{"NVIDIA H100 80GB HBM3", {67, 494.7, 989.4}},
                                Datasheet{"NVIDIA A100", {19.5, 156, 312}}};

}  // namespace

CeilingSizes ceiling_sizes(const DeviceProperties& properties, DeviceKind kind) {
  const Bytes beyond_caches = properties.last_level_cache * 4;
  if (kind == DeviceKind::host) {
    return {.product_edge = 1024,
            .narrow_product_edge = 1024,
            .copied = mebibytes(256),
            .least_copied = std::min(mebibytes(256), beyond_caches)};
  }
  return {.product_edge = 4096,
          .narrow_product_edge = 8192,
          .copied = gibibytes(1),
          .least_copied = std::min(gibibytes(1), beyond_caches)};
}

MeasuredCeilings::MeasuredCeilings(Device device, const CeilingSizes& sizes, Bytes room) {
  const auto measure = [&](auto& into, auto&& work) {
    try {
      into = work();
    } catch (const OutOfMemory& error) {
      left_out_ = error.what();
    } catch (const std::bad_alloc&) {
      left_out_ = "host memory: refused by the system";
    }
  };
  products_.resize(all_precisions.size());
  std::optional<Stream> stream;
  measure(stream, [&] { return Stream{device}; });
  if (!stream) return;
  for (const Precision precision : all_precisions) {
    const std::size_t edge = precision == Precision::fp32 ? sizes.product_edge : sizes.narrow_product_edge;
    measure(products_[static_cast<std::size_t>(precision)], [&] {
      check_room(room, edge);
      return measure_product(*stream, precision, edge);
    });
  }
  measure(copy_, [&] { return measure_copy(*stream, copied_in(room, sizes)); });
}

std::optional<FlopsPerSecond> datasheet_product(std::string_view gpu, Precision precision) {
  const auto* const found =
      std::ranges::find_if(datasheets, [gpu](const Datasheet& sheet) { return gpu.starts_with(sheet.gpu); });
  if (found == datasheets.end()) return std::nullopt;
  constexpr double terra = 1e12;
  return FlopsPerSecond{found->terra_per_second.at(static_cast<std::size_t>(precision)) * terra};
}

}  // namespace lanemark
