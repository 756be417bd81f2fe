#include <cmath>

#include "bench/kernels/assembled.hpp"
#include "kernels/operations.hpp"

// The update of the parameters, and gradients on their way to it.

namespace lanemark {
namespace {

Parts updating(const Making& m) {
  constexpr float rate = 0.001F;
  return {.arrays = collect(m.random(DType::float32, m.size(), 1), m.random(DType::float32, m.size(), 2),
                            m.random(DType::float32, m.size(), 3), m.output(DType::bfloat16, m.size())),
          .run =
              [](const Executor& on, const Arrays& a) {
                momentum_sgd(on, {a[0].floats(),
                                  a[1].floats(),
                                  a[2].floats(),
                                  rate,
                                  0.5F,
                                  512,
                                  {a[3].span().as<BFloat16>(), a[3].span().size()}});
              },
          .restore =
              [](const Arrays& a) {
                a[1].refill();
                a[2].refill();
                a[3].poison();
              },
          .problem =
              [m](const Arrays& a) {
                const auto updated = a[2].download();
                const auto gradient = a[0].download();
                const auto rounded = a[3].download();
                a[1].refill();
                a[2].refill();
                const auto momentum = a[1].download();
                const auto before = a[2].download();
                const auto expected = [&](std::size_t i) {
                  return before[i] - double{rate} * (0.5 * momentum[i] + gradient[i] / 512.0);
                };
                std::string wrong = compare_samples(updated, m.seed, 1e-5, expected);
                return wrong.empty() ? compare_samples(rounded, m.seed, 1e-2, expected) : wrong;
              }};
}

Parts updating_by_adamw(const Making& m) {
  const auto random = [&](std::uint64_t salt, float low) { return m.random(DType::float32, m.size(), salt, low); };
  return {.arrays = collect(random(1, -1), random(2, -1), random(3, 0.5F), random(4, -1),
                            m.output(DType::bfloat16, m.size())),
          .run =
              [](const Executor& on, const Arrays& a) {
                adamw(on, {a[0].floats(),
                           a[1].floats(),
                           a[2].floats(),
                           a[3].floats(),
                           0.001F,
                           0.875F,
                           0.96875F,
                           1e-3F,
                           0.125F,
                           512,
                           10,
                           {a[4].span().as<BFloat16>(), a[4].span().size()}});
              },
          .restore =
              [](const Arrays& a) {
                for (const std::size_t i : {1U, 2U, 3U}) a[i].refill();
                a[4].poison();
              },
          .problem =
              [m](const Arrays& a) {
                const auto updated = a[3].download();
                const auto gradient = a[0].download();
                for (const std::size_t i : {1U, 2U, 3U}) a[i].refill();
                const auto mean = a[1].download();
                const auto square = a[2].download();
                const auto before = a[3].download();
                return compare_samples(updated, m.seed, 1e-5, [&](std::size_t i) {
                  const double g = gradient[i] / 512.0;
                  const double of_mean = (0.875 * mean[i] + 0.125 * g) / (1 - std::pow(0.875, 10));
                  const double of_square = (0.96875 * square[i] + 0.03125 * g * g) / (1 - std::pow(0.96875, 10));
                  return before[i] * (1 - 0.001 * 0.125) - 0.001 * of_mean / (std::sqrt(of_square) + 1e-3);
                });
              }};
}

/// The shape's elements as tensors of a network: some large, some of a few elements, which leave others unaligned.
struct Tensors {
  std::vector<std::size_t> counts;
  explicit Tensors(std::size_t size) {
    constexpr std::array<std::size_t, 5> pattern{4194304, 4096, 1000, 589824, 63};
    for (std::size_t i = 0; size > 0; ++i) {
      counts.push_back(std::min(size, pattern.at(i % pattern.size())));
      size -= counts.back();
    }
  }
};

std::shared_ptr<DeviceBuffer<TensorPlace>> places(const Making& m, const KernelArray& data) {
  std::vector<TensorPlace> all;
  std::size_t offset = 0;
  for (const std::size_t count : Tensors{m.size()}.counts) {
    all.push_back({data.floats().data() + offset, count, offset});
    offset += count;
  }
  auto table = std::make_shared<DeviceBuffer<TensorPlace>>(m.stream.device(), all.size());
  upload(m.stream, std::span<const TensorPlace>{all}, table->span());
  return table;
}

/// From float tensors into a bucket of the case's type.
Parts packing(const Making& m) {
  Arrays arrays = collect(m.random(DType::float32, m.size(), 1), m.output(m.dtype(), m.size()));
  auto table = places(m, arrays[0]);
  return {.arrays = std::move(arrays),
          .run =
              [table](const Executor& on, const Arrays& a) {
                pack_tensors(on, {*table, a[1].span(), 0.25F});
              },
          .restore = [](const Arrays& a) { a[1].poison(); },
          .problem =
              [m](const Arrays& a) {
                const auto from = a[0].download();
                return m.compare(
                    a[1], [&](std::size_t i) { return 0.25 * from[i]; }, m.dtype());
              }};
}

Parts unpacking(const Making& m) {
  Arrays arrays = collect(m.output(DType::float32, m.size()), m.random(m.dtype(), m.size(), 1));
  auto table = places(m, arrays[0]);
  return {.arrays = std::move(arrays),
          .run =
              [table](const Executor& on, const Arrays& a) {
                unpack_tensors(on, {*table, a[1].span(), 0.25F});
              },
          .restore = [](const Arrays& a) { a[0].poison(); },
          .problem =
              [m](const Arrays& a) {
                const auto from = a[1].download();
                return m.compare(
                    a[0], [&](std::size_t i) { return 0.25 * from[i]; }, DType::float32);
              }};
}

Parts norm(const Making& m) {
  return {.arrays = collect(m.random(m.dtype(), m.size(), 1), m.output(DType::float32, 1)),
          .run =
              [](const Executor& on, const Arrays& a) {
                global_norm(on, {a[0].span(), a[1].floats()});
              },
          .restore = [](const Arrays& a) { a[1].poison(); },
          .problem =
              [m](const Arrays& a) {
                const auto values = a[0].download();
                double squares = 0;
                for (const float value : values) squares += double{value} * value;
                return m.compare(
                    a[1], [&](std::size_t) { return std::sqrt(squares); }, DType::float32);
              }};
}

Parts counting(const Making& m) {
  auto count = std::make_shared<DeviceBuffer<unsigned long long>>(m.stream.device(), 1);
  return {
      .arrays = collect(m.random(m.dtype(), m.size(), 1)),
      .run =
          [count](const Executor& on, const Arrays& a) {
            count_non_finite(on, {a[0].span(), *count});
          },
      .restore = [m, count](const Arrays&) { m.stream.fill(count->data(), std::byte{0xff}, count->span().bytes()); },
      .problem =
          [m, count](const Arrays&) {
            return download(m.stream, count->span()).front() == 0 ? "" : "finite values counted as infinite";
          }};
}

// Quarters of an element of the shape that move in the case's type, and bytes that move in others.
const Registered<Kernel> all[] = {
    Registered<Kernel>{kernel<0, 22, updating>(momentum_sgd.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<0, 30, updating_by_adamw>(adamw.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<4, 4, packing>(pack_tensors.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<4, 4, unpacking>(unpack_tensors.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<4, 0, norm>(global_norm.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<4, 0, counting>(count_non_finite.name(), KernelFamily::elements)},
};

}  // namespace
}  // namespace lanemark
