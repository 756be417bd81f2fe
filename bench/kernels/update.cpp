// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "bench/kernels/assembled.hpp"
#include "kernels/operations.hpp"

// The update of the parameters, and gradients on their way to it.

namespace lanemark {
namespace {

/// Of values up to 1, or little more.
constexpr Allowed a_few_roundings{.absolute = 0x1p-22};

/// The first that is wrong, and which it is.
std::string first_of(const std::vector<std::pair<std::string_view, std::string>>& problems) {
  for (const auto& [which, problem] : problems) {
    if (!problem.empty()) return fmt::format("{}: {}", which, problem);
  }
  return {};
}

std::string compare_rounded(const std::vector<float>& rounded, const std::vector<float>& parameters) {
  return compare(rounded, {.relative = unit_roundoff(DType::bfloat16)}, [&](std::size_t i) { return parameters[i]; });
}

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
              [](const Arrays& a) {
                const auto updated = a[2].download();
                const auto moved = a[1].download();
                const auto rounded = a[3].download();
                const auto gradient = a[0].download();
                a[1].refill();
                a[2].refill();
                const auto momentum = a[1].download();
                const auto before = a[2].download();
                return first_of({
                    {"momentum", compare(moved, a_few_roundings,
                                         [&](std::size_t i) { return 0.5 * momentum[i] + gradient[i] / 512.0; })},
                    {"parameter", compare(updated, a_few_roundings,
                                          [&](std::size_t i) {
                                            return before[i] - double{rate} * (0.5 * momentum[i] + gradient[i] / 512.0);
                                          })},
                    {"rounded parameter", compare_rounded(rounded, updated)},
                });
              },
          .outputs = {1, 2, 3}};
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
              [](const Arrays& a) {
                const auto updated = a[3].download();
                const auto moved_mean = a[1].download();
                const auto moved_square = a[2].download();
                const auto rounded = a[4].download();
                const auto gradient = a[0].download();
                for (const std::size_t i : {1U, 2U, 3U}) a[i].refill();
                const auto mean = a[1].download();
                const auto square = a[2].download();
                const auto before = a[3].download();
                const auto new_mean = [&](std::size_t i) { return 0.875 * mean[i] + 0.125 * gradient[i] / 512.0; };
                const auto new_square = [&](std::size_t i) {
                  return 0.96875 * square[i] + 0.03125 * std::pow(gradient[i] / 512.0, 2);
                };
                const double of_mean = 1 - std::pow(0.875, 10);
                const double of_square = 1 - std::pow(0.96875, 10);
                return first_of({
                    {"mean", compare(moved_mean, a_few_roundings, new_mean)},
                    {"square", compare(moved_square, a_few_roundings, new_square)},
                    {"parameter", compare(updated, a_few_roundings,
                                          [&](std::size_t i) {
                                            return before[i] * (1 - 0.001 * 0.125) -
                                                   0.001 * (new_mean(i) / of_mean) /
                                                       (std::sqrt(new_square(i) / of_square) + 1e-3);
                                          })},
                    {"rounded parameter", compare_rounded(rounded, updated)},
                });
              },
          .outputs = {1, 2, 3, 4}};
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
                return compare(a[1].download(), {.relative = unit_roundoff(m.dtype())},
                               [&](std::size_t i) { return 0.25 * from[i]; });
              },
          .outputs = {1}};
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
              [](const Arrays& a) {
                const auto from = a[1].download();
                return compare(a[0].download(), {}, [&](std::size_t i) { return 0.25 * from[i]; });
              },
          .outputs = {0}};
}

Parts norm(const Making& m) {
  return {.arrays = collect(m.random(m.dtype(), m.size(), 1), m.output(DType::float32, 1)),
          .run =
              [](const Executor& on, const Arrays& a) {
                global_norm(on, {a[0].span(), a[1].floats()});
              },
          .restore = [](const Arrays& a) { a[1].poison(); },
          .problem =
              [](const Arrays& a) {
                const auto values = a[0].download();
                double squares = 0;
                for (const float value : values) squares += double{value} * value;
                return compare(a[1].download(), {.relative = 1e-5}, [&](std::size_t) { return std::sqrt(squares); });
              },
          .outputs = {1}};
}

/// Some values are not finite, the first and the last among them: none would be what a kernel that looks at nothing
/// counts.
Parts counting(const Making& m) {
  auto count = std::make_shared<DeviceBuffer<unsigned long long>>(m.stream.device(), 1);
  Arrays arrays = collect(m.random(m.dtype(), m.size(), 1));
  const std::set<std::size_t> places{0, m.size() / 3, m.size() / 2, m.size() - 1};
  for (const std::size_t place : places) {
    const Array one = arrays[0].span().subspan(place, 1);
    m.stream.fill(one.data(), std::byte{0xff}, one.bytes());  // NaN
  }
  return {
      .arrays = std::move(arrays),
      .run =
          [count](const Executor& on, const Arrays& a) {
            count_non_finite(on, {a[0].span(), *count});
          },
      .restore = [m, count](const Arrays&) { m.stream.fill(count->data(), std::byte{0xff}, count->span().bytes()); },
      .problem = [m, count, expected = places.size()](const Arrays&) -> std::string {
        const auto found = download(m.stream, count->span()).front();
        if (found == expected) return {};
        return fmt::format("{} values counted as not finite instead of {}", found, expected);
      },
      .outputs = {},
      .other_outputs = {Array{DType::int64, count->data(), 1}}};
}

// Quarters of an element of the shape that move in the case's type, and bytes that move in others.
const Registered<Kernel> update_kernels[] = {
    Registered<Kernel>{kernel<0, 22, updating>(momentum_sgd.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<0, 30, updating_by_adamw>(adamw.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<4, 4, packing>(pack_tensors.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<4, 4, unpacking>(unpack_tensors.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<4, 0, norm>(global_norm.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<4, 0, counting>(count_non_finite.name(), KernelFamily::elements)},
};

}  // namespace
}  // namespace lanemark
