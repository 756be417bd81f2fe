// SPDX-License-Identifier: MIT

#pragma once

#include <functional>
#include <numeric>

#include "bench/kernels/arrays.hpp"
#include "bench/kernels/comparison.hpp"
#include "bench/kernels/kernel.hpp"

// Kernels that memory limits, put together from arrays and functions over them. Bytes are those that must move: each
// operand read once, each result written once.

namespace lanemark {

using Arrays = std::vector<KernelArray>;

template <class... Each>
Arrays collect(Each... arrays) {
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
  /// Of the arrays.
  std::vector<std::size_t> outputs;
  std::vector<Array> other_outputs = {};
};

class AssembledData final : public KernelData {
 public:
  explicit AssembledData(Parts parts) : parts_{std::move(parts)} {}
  void run(const Executor& on) override { parts_.run(on, parts_.arrays); }
  void restore() override { parts_.restore(parts_.arrays); }
  [[nodiscard]] std::vector<Array> outputs() const override {
    std::vector<Array> all = parts_.other_outputs;
    for (const std::size_t i : parts_.outputs) all.push_back(parts_.arrays[i].span());
    return all;
  }
  std::string problem(const Executor& /*on*/) override { return parts_.problem(parts_.arrays); }

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
};

template <Parts (*assemble)(const Making&)>
std::unique_ptr<KernelData> make(StreamRef stream, const KernelShape& shape, Precision precision, std::uint64_t seed) {
  return std::make_unique<AssembledData>(assemble({stream, shape, precision, seed}));
}

inline std::size_t elements_of(const KernelShape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>{});
}

/// So many times a layer type's size, and so many bytes of other types, for each element of the shape.
template <int quarters, std::size_t others>
Work traffic(const KernelShape& shape, Precision precision) {
  const std::size_t size = size_of(layer_type(precision)).value;
  return {.elements = elements_of(shape),
          .bytes = Bytes{elements_of(shape) * size * quarters / 4 + elements_of(shape) * others}};
}
template <int quarters, std::size_t others>
Bytes storage(const KernelShape& shape, Precision precision) {
  constexpr std::size_t reserve = 1U << 20U;
  return traffic<quarters, others>(shape, precision).bytes + Bytes{reserve};
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

}  // namespace lanemark
