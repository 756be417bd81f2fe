// SPDX-License-Identifier: MIT

#include <algorithm>
#include <type_traits>

#include "kernels/core/arithmetic.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

/// accumulator[i] = f(accumulator[i], operand[i]), both turned into `As` first.
template <class As, class T, class F>
void transform(const T* operand, T* accumulator, std::size_t count, F f) {
  for (std::size_t i = 0; i < count; ++i) {
    accumulator[i] = static_cast<T>(f(static_cast<As>(accumulator[i]), static_cast<As>(operand[i])));
  }
}

template <class T>
void combine_elements(const Combine& a) {
  using Ordered = typename Arithmetic<T>::Ordered;
  using Wrapping = typename Arithmetic<T>::Wrapping;
  const auto* const operand = static_cast<const T*>(a.operand);
  auto* const accumulator = static_cast<T*>(a.accumulator);
  switch (a.op) {
    case ReduceOp::sum:
    case ReduceOp::avg:
      transform<Wrapping>(operand, accumulator, a.count, [](Wrapping x, Wrapping y) { return x + y; });
      break;
    case ReduceOp::prod:
      transform<Wrapping>(operand, accumulator, a.count, [](Wrapping x, Wrapping y) { return x * y; });
      break;
    case ReduceOp::min:
      transform<Ordered>(operand, accumulator, a.count, [](Ordered x, Ordered y) { return std::min(x, y); });
      break;
    case ReduceOp::max:
      transform<Ordered>(operand, accumulator, a.count, [](Ordered x, Ordered y) { return std::max(x, y); });
      break;
  }
}

template <class T>
void divide_elements(const Divide& a) {
  using Quotient = std::common_type_t<typename Arithmetic<T>::Ordered, int>;
  auto* const values = static_cast<T*>(a.values);
  const auto divisor = static_cast<Quotient>(a.divisor);
  for (std::size_t i = 0; i < a.count; ++i) values[i] = static_cast<T>(static_cast<Quotient>(values[i]) / divisor);
}

void combine_on_host(StreamRef stream, const Combine& arguments) {
  stream.run([arguments] {
    dispatch(arguments.dtype, [&]<class T>(std::type_identity<T>) { combine_elements<T>(arguments); });
  });
}

void divide_on_host(StreamRef stream, const Divide& arguments) {
  stream.run([arguments] {
    dispatch(arguments.dtype, [&]<class T>(std::type_identity<T>) { divide_elements<T>(arguments); });
  });
}

const Implements host_combine{combine, DeviceKind::host, Compute::hand, combine_on_host};
const Implements host_divide{divide, DeviceKind::host, Compute::hand, divide_on_host};

}  // namespace
}  // namespace lanemark
