#include <cmath>
#include <numeric>

#include "bench/kernels/arrays.hpp"
#include "bench/kernels/kernel.hpp"
#include "kernels/operations.hpp"

// Kernels that memory limits. Bytes are those that must move: each operand read once, each result written once.

namespace lanemark {
namespace {

using Arrays = std::vector<KernelArray>;

template <class... Array>
Arrays collect(Array... arrays) {
  Arrays all;
  (all.push_back(std::move(arrays)), ...);
  return all;
}

/// A kernel put together from its arrays and functions over them.
struct Parts {
  Arrays arrays;
  std::function<void(const Executor&, const Arrays&)> run;
  std::function<void(const Arrays&)> restore;
  std::function<std::string(const Arrays&)> problem;
};

class AssembledData final : public KernelData {
 public:
  explicit AssembledData(Parts parts) : parts_{std::move(parts)} {}
  void run(const Executor& on) override { parts_.run(on, parts_.arrays); }
  void restore() override { parts_.restore(parts_.arrays); }
  std::string problem() override { return parts_.problem(parts_.arrays); }

 private:
  Parts parts_;
};

/// What the makers below get.
struct Making {
  StreamRef stream;
  const KernelShape& shape;
  Precision precision;
  std::uint64_t seed;

  [[nodiscard]] DType dtype() const { return layer_type(precision); }
  [[nodiscard]] std::size_t size() const {
    return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>{});
  }
  [[nodiscard]] KernelArray random(DType type, std::size_t count, std::uint64_t salt, float low = -1) const {
    return KernelArray::random(stream, type, count, seed + salt, low);
  }
  [[nodiscard]] KernelArray output(DType type, std::size_t count) const {
    return KernelArray::poisoned(stream, type, count);
  }
  [[nodiscard]] std::string compare(const KernelArray& found, const std::function<double(std::size_t)>& expected,
                                    DType type) const {
    return compare_samples(found.download(), seed, type == DType::bfloat16 ? 1e-2 : 1e-5, expected);
  }
};

template <Parts (*assemble)(const Making&)>
std::unique_ptr<KernelData> make(StreamRef stream, const KernelShape& shape, Precision precision, std::uint64_t seed) {
  return std::make_unique<AssembledData>(assemble({stream, shape, precision, seed}));
}

std::size_t elements_of(const KernelShape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>{});
}

/// So many times a layer type's size, and so many bytes of other types, for each element of the shape.
template <int quarters, std::size_t others>
Work traffic(const KernelShape& shape, Precision precision) {
  const std::size_t size = size_of(layer_type(precision)).value;
  return {.elements = elements_of(shape), .bytes = Bytes{elements_of(shape) * (size * quarters / 4 + others)}};
}
template <int quarters, std::size_t others>
Bytes storage(const KernelShape& shape, Precision precision) {
  constexpr std::size_t reserve = 1U << 20U;
  return traffic<quarters, others>(shape, precision).bytes + Bytes{reserve};
}

Parts copying(const Making& m) {
  return {.arrays = collect(m.random(m.dtype(), m.size(), 1), m.output(m.dtype(), m.size())),
          .run = [](const Executor& on,
                    const Arrays& a) { on.stream.copy(a[1].span().data(), a[0].span().data(), a[0].span().bytes()); },
          .restore = [](const Arrays& a) { a[1].poison(); },
          .problem =
              [m](const Arrays& a) {
                const auto from = a[0].download();
                return m.compare(
                    a[1], [&](std::size_t i) { return from[i]; }, DType::float32);
              }};
}

Parts triads(const Making& m) {
  return {.arrays = collect(m.output(DType::float32, m.size()), m.random(DType::float32, m.size(), 1),
                            m.random(DType::float32, m.size(), 2)),
          .run =
              [](const Executor& on, const Arrays& a) {
                triad(on, {a[0].floats(), a[1].floats(), a[2].floats(), 3});
              },
          .restore = [](const Arrays& a) { a[0].poison(); },
          .problem =
              [m](const Arrays& a) {
                const auto b = a[1].download();
                const auto c = a[2].download();
                return m.compare(
                    a[0], [&](std::size_t i) { return b[i] + 3.0 * c[i]; }, DType::float32);
              }};
}

/// To the other type.
Parts conversion(const Making& m) {
  const DType to = m.dtype() == DType::float32 ? DType::bfloat16 : DType::float32;
  return {.arrays = collect(m.random(m.dtype(), m.size(), 1), m.output(to, m.size())),
          .run =
              [](const Executor& on, const Arrays& a) {
                convert(on, {a[0].span(), a[1].span()});
              },
          .restore = [](const Arrays& a) { a[1].poison(); },
          .problem =
              [m](const Arrays& a) {
                const auto from = a[0].download();
                return m.compare(
                    a[1], [&](std::size_t i) { return from[i]; }, DType::bfloat16);
              }};
}

Parts masking(const Making& m) {
  return {.arrays = collect(m.random(m.dtype(), m.size(), 1), m.random(m.dtype(), m.size(), 2)),
          .run =
              [](const Executor& on, const Arrays& a) {
                relu_backward(on, {a[0].span(), a[1].span()});
              },
          .restore = [](const Arrays& a) { a[1].refill(); },
          .problem =
              [m](const Arrays& a) {
                const auto y = a[0].download();
                const auto masked = a[1].download();
                a[1].refill();
                const auto before = a[1].download();
                return compare_samples(masked, m.seed, 1e-5, [&](std::size_t i) { return y[i] > 0 ? before[i] : 0; });
              }};
}

Parts biasing(const Making& m) {
  const std::size_t columns = m.shape[1];
  return {.arrays = collect(m.random(m.dtype(), m.size(), 1), m.random(DType::float32, columns, 2)),
          .run =
              [rows = m.shape[0], columns](const Executor& on, const Arrays& a) {
                bias_forward(on, {rows, columns, a[1].floats(), a[0].span(), true});
              },
          .restore = [](const Arrays& a) { a[0].refill(); },
          .problem =
              [m, columns](const Arrays& a) {
                const auto sums = a[0].download();
                const auto bias = a[1].download();
                a[0].refill();
                const auto before = a[0].download();
                return compare_samples(sums, m.seed, m.dtype() == DType::bfloat16 ? 1e-2 : 1e-5, [&](std::size_t i) {
                  return std::max(0.0, double{before[i]} + bias[i % columns]);
                });
              }};
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

PoolShape pool_shape(const KernelShape& shape) { return {shape[0], shape[1], shape[2], shape[3]}; }

/// The four places of the input in the window of an output.
std::array<std::size_t, 4> window(const PoolShape& shape, std::size_t output) {
  const std::size_t channel = output % shape.channels;
  const std::size_t across = output / shape.channels % (shape.width / 2);
  const std::size_t down = output / shape.channels / (shape.width / 2);
  const std::size_t row = shape.width * shape.channels;
  const std::size_t corner = 2 * down * row + 2 * across * shape.channels + channel;
  return {corner, corner + shape.channels, corner + row, corner + row + shape.channels};
}

Parts pooling(const Making& m) {
  const PoolShape shape = pool_shape(m.shape);
  return {.arrays = collect(m.random(m.dtype(), m.size(), 1), m.output(m.dtype(), m.size() / 4)),
          .run =
              [shape](const Executor& on, const Arrays& a) {
                max_pool_forward(on, {shape, a[0].span(), a[1].span()});
              },
          .restore = [](const Arrays& a) { a[1].poison(); },
          .problem =
              [m, shape](const Arrays& a) {
                const auto x = a[0].download();
                return m.compare(
                    a[1],
                    [&](std::size_t i) {
                      const auto w = window(shape, i);
                      return std::max({x[w[0]], x[w[1]], x[w[2]], x[w[3]]});
                    },
                    DType::float32);
              }};
}

Parts averaging(const Making& m) {
  const PoolShape shape = pool_shape(m.shape);
  return {.arrays = collect(m.random(m.dtype(), m.size(), 1), m.output(m.dtype(), m.size() / 4)),
          .run =
              [shape](const Executor& on, const Arrays& a) {
                average_pool_forward(on, {shape, a[0].span(), a[1].span()});
              },
          .restore = [](const Arrays& a) { a[1].poison(); },
          .problem =
              [m, shape](const Arrays& a) {
                const auto x = a[0].download();
                return m.compare(
                    a[1],
                    [&](std::size_t i) {
                      const auto w = window(shape, i);
                      return (double{x[w[0]]} + x[w[1]] + x[w[2]] + x[w[3]]) / 4;
                    },
                    m.dtype());
              }};
}

/// The output whose window holds a place of the input.
std::size_t output_over(const PoolShape& shape, std::size_t input) {
  const std::size_t channel = input % shape.channels;
  const std::size_t column = input / shape.channels % shape.width;
  const std::size_t row = input / shape.channels / shape.width;
  return ((row / 2) * (shape.width / 2) + column / 2) * shape.channels + channel;
}

Parts pooling_back(const Making& m) {
  const PoolShape shape = pool_shape(m.shape);
  return {.arrays = collect(m.random(m.dtype(), m.size(), 1), m.random(m.dtype(), m.size() / 4, 2),
                            m.output(m.dtype(), m.size())),
          .run =
              [shape](const Executor& on, const Arrays& a) {
                max_pool_backward(on, {shape, a[0].span(), a[1].span(), a[2].span(), true});
              },
          .restore = [](const Arrays& a) { a[2].poison(); },
          .problem =
              [m, shape](const Arrays& a) {
                const auto x = a[0].download();
                const auto dy = a[1].download();
                return m.compare(
                    a[2],
                    [&](std::size_t i) {
                      const std::size_t output = output_over(shape, i);
                      std::size_t first = window(shape, output)[0];
                      for (const std::size_t place : window(shape, output)) {
                        if (x[place] > x[first]) first = place;
                      }
                      return first == i && x[i] > 0 ? dy[output] : 0;
                    },
                    DType::float32);
              }};
}

Parts averaging_back(const Making& m) {
  const PoolShape shape = pool_shape(m.shape);
  return {.arrays = collect(m.random(m.dtype(), m.size() / 4, 1), m.output(m.dtype(), m.size())),
          .run =
              [shape](const Executor& on, const Arrays& a) {
                average_pool_backward(on, {shape, a[0].span(), a[1].span()});
              },
          .restore = [](const Arrays& a) { a[1].poison(); },
          .problem =
              [m, shape](const Arrays& a) {
                const auto dy = a[0].download();
                return m.compare(
                    a[1], [&](std::size_t i) { return 0.25 * dy[output_over(shape, i)]; }, DType::float32);
              }};
}

Parts loss(const Making& m) {
  const std::size_t rows = m.shape[0];
  const std::size_t classes = m.shape[1];
  auto labels = std::make_shared<DeviceBuffer<std::int32_t>>(m.stream.device(), rows);
  fill_labels(m.stream, {*labels, m.seed, static_cast<std::int32_t>(classes)});
  return {.arrays =
              collect(m.random(m.dtype(), m.size(), 1), m.output(m.dtype(), m.size()), m.output(DType::float32, rows)),
          .run =
              [rows, classes, labels](const Executor& on, const Arrays& a) {
                softmax_cross_entropy(on, {rows, classes, a[0].span(), *labels, a[1].span(), a[2].floats()});
              },
          .restore =
              [](const Arrays& a) {
                a[1].poison();
                a[2].poison();
              },
          .problem =
              [m, classes, labels](const Arrays& a) {
                const auto logits = a[0].download();
                const auto of_row = download(m.stream, labels->span());
                const auto sum = [&](std::size_t row) {
                  double total = 0;
                  for (std::size_t c = 0; c < classes; ++c) total += std::exp(double{logits[row * classes + c]});
                  return total;
                };
                const auto label = [&](std::size_t row) { return static_cast<std::size_t>(of_row[row]); };
                std::string wrong = m.compare(
                    a[1],
                    [&](std::size_t i) {
                      const std::size_t row = i / classes;
                      return std::exp(double{logits[i]}) / sum(row) - (i % classes == label(row) ? 1 : 0);
                    },
                    m.dtype());
                if (!wrong.empty()) return wrong;
                return m.compare(
                    a[2], [&](std::size_t row) { return std::log(sum(row)) - logits[row * classes + label(row)]; },
                    DType::float32);
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

template <int quarters, std::size_t others, Parts (*assemble)(const Making&)>
Kernel kernel(std::string_view name, KernelFamily family) {
  return {.name = name,
          .family = family,
          .has_tf32 = false,
          .work = traffic<quarters, others>,
          .memory = storage<quarters, others + 4>,
          .make = make<assemble>};
}

// Quarters of an element of the shape that move in the case's type, and bytes that move in others.
const Registered<Kernel> all[] = {
    Registered<Kernel>{kernel<8, 0, copying>("copy", KernelFamily::elements)},
    Registered<Kernel>{kernel<0, 12, triads>(triad.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<0, 6, conversion>(convert.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<12, 0, masking>(relu_backward.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<8, 0, biasing>(bias_forward.name(), KernelFamily::rows)},
    Registered<Kernel>{kernel<0, 22, updating>(momentum_sgd.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<0, 30, updating_by_adamw>(adamw.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<5, 0, pooling>(max_pool_forward.name(), KernelFamily::images)},
    Registered<Kernel>{kernel<9, 0, pooling_back>(max_pool_backward.name(), KernelFamily::images)},
    Registered<Kernel>{kernel<5, 0, averaging>(average_pool_forward.name(), KernelFamily::images)},
    Registered<Kernel>{kernel<5, 0, averaging_back>(average_pool_backward.name(), KernelFamily::images)},
    Registered<Kernel>{kernel<8, 0, loss>(softmax_cross_entropy.name(), KernelFamily::rows)},
    Registered<Kernel>{kernel<4, 4, packing>(pack_tensors.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<4, 4, unpacking>(unpack_tensors.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<4, 0, norm>(global_norm.name(), KernelFamily::elements)},
    Registered<Kernel>{kernel<4, 0, counting>(count_non_finite.name(), KernelFamily::elements)},
};

}  // namespace
}  // namespace lanemark
