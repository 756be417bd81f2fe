// SPDX-License-Identifier: MIT

#include "kernels/pattern.hpp"

#include <algorithm>

#include "kernels/contributions.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

void fill_with_uniform(StreamRef stream, const FillUniform& arguments) {
  stream.run([a = arguments] {
    for (std::size_t i = 0; i < a.values.size(); ++i) {
      a.values.data()[i] = pattern::uniform(a.seed, a.first + i, a.low, a.high);
    }
  });
}

void fill_with_labels(StreamRef stream, const FillLabels& arguments) {
  stream.run([a = arguments] {
    for (std::size_t i = 0; i < a.labels.size(); ++i) {
      a.labels.data()[i] = pattern::label(a.seed, a.first + i, a.classes);
    }
  });
}

template <class T>
void fill_elements(const FillPattern& a) {
  const pattern::Contributions<T> data{a.op, a.ranks};
  auto* const values = static_cast<T*>(a.values);
  for (std::size_t i = 0; i < a.count; ++i) values[i] = pattern::narrow<T>(data.value(a.seed, a.rank, a.first + i));
}

template <class T>
void check_elements(const CheckPattern& a) {
  const pattern::Contributions<T> data{a.op, a.ranks};
  const auto* const values = static_cast<const T*>(a.values);
  for (std::size_t i = 0; i < a.count; ++i) {
    if (pattern::matches<T>(values[i], data.expected(a.seed, a.rank, a.first + i))) continue;
    a.result->wrong += 1;
    a.result->first = std::min<unsigned long long>(a.result->first, a.offset + i);
  }
}

void fill_with_pattern(StreamRef stream, const FillPattern& arguments) {
  stream.run(
      [arguments] { dispatch(arguments.dtype, [&]<class T>(std::type_identity<T>) { fill_elements<T>(arguments); }); });
}

void compare_with_pattern(StreamRef stream, const CheckPattern& arguments) {
  stream.run([arguments] {
    dispatch(arguments.dtype, [&]<class T>(std::type_identity<T>) { check_elements<T>(arguments); });
  });
}

const Implements host_fill_uniform{fill_uniform, DeviceKind::host, Compute::hand, fill_with_uniform};
const Implements host_fill_labels{fill_labels, DeviceKind::host, Compute::hand, fill_with_labels};
const Implements host_fill_pattern{fill_pattern, DeviceKind::host, Compute::hand, fill_with_pattern};
const Implements host_check_pattern{check_pattern, DeviceKind::host, Compute::hand, compare_with_pattern};

}  // namespace
}  // namespace lanemark
