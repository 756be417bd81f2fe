// SPDX-License-Identifier: MIT

#include <algorithm>
#include <cassert>
#include <cmath>

#include "kernels/host/floats.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

void pack(StreamRef stream, const PackTensors& arguments) {
  stream.run([a = arguments] {
    const FloatsTo bucket{a.bucket};
    for (std::size_t t = 0; t < a.tensors.size(); ++t) {
      const TensorPlace& tensor = a.tensors.data()[t];
      for (std::size_t i = 0; i < tensor.count; ++i) bucket.data()[tensor.offset + i] = tensor.data[i] * a.scale;
    }
    bucket.store();
  });
}

void unpack(StreamRef stream, const UnpackTensors& arguments) {
  stream.run([a = arguments] {
    const FloatsOf bucket{a.bucket};
    for (std::size_t t = 0; t < a.tensors.size(); ++t) {
      const TensorPlace& tensor = a.tensors.data()[t];
      for (std::size_t i = 0; i < tensor.count; ++i) tensor.data[i] = bucket.data()[tensor.offset + i] * a.scale;
    }
  });
}

void norm_of_all(StreamRef stream, const GlobalNorm& arguments) {
  assert(arguments.norm.size() == 1);
  stream.run([a = arguments] {
    const FloatsOf values{a.values};
    double sum = 0;
    for (std::size_t i = 0; i < a.values.size(); ++i) sum += static_cast<double>(values.data()[i]) * values.data()[i];
    *a.norm.data() = static_cast<float>(std::sqrt(sum));
  });
}

void count_of_all(StreamRef stream, const CountNonFinite& arguments) {
  assert(arguments.count.size() == 1);
  stream.run([a = arguments] {
    const FloatsOf values{a.values};
    *a.count.data() = static_cast<unsigned long long>(std::count_if(values.data(), values.data() + a.values.size(),
                                                                    [](float value) { return !std::isfinite(value); }));
  });
}

const Implements host_pack{pack_tensors, DeviceKind::host, Compute::hand, pack};
const Implements host_unpack{unpack_tensors, DeviceKind::host, Compute::hand, unpack};
const Implements host_norm{global_norm, DeviceKind::host, Compute::hand, norm_of_all};
const Implements host_non_finite{count_non_finite, DeviceKind::host, Compute::hand, count_of_all};

}  // namespace
}  // namespace lanemark
