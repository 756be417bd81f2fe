// SPDX-License-Identifier: MIT

#include <cassert>

#include "kernels/cuda/map.cuh"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

struct Mask {
  __device__ void operator()(float y, float& dy) const { dy = y > 0 ? dy : 0; }
};
struct Same {
  __device__ void operator()(float from, float& to) const { to = from; }
};
struct MultiplyAdd {
  float factor;
  __device__ void operator()(float& a, float b, float c) const { a = b + factor * c; }
};

/// bytes: 3 of an element's size each.
void relu_backward_on_gpu(StreamRef stream, const ReluBackward& a) {
  assert(a.y.size() == a.dy.size());
  dispatch_layer_type(a.dy.dtype(), [&]<class T>(std::type_identity<T>) {
    map<lanes_of<T>>(stream, a.dy.size(), Mask{}, In<T>{a.y.as<T>()}, InOut<T>{a.dy.as<T>()});
  });
}

/// bytes: 2 of an element's size each, of either type.
void convert_on_gpu(StreamRef stream, const Convert& a) {
  assert(a.from.size() == a.to.size());
  dispatch_layer_type(a.from.dtype(), [&]<class From>(std::type_identity<From>) {
    dispatch_layer_type(a.to.dtype(), [&]<class To>(std::type_identity<To>) {
      constexpr unsigned width = lanes_of < From >> lanes_of<To> ? lanes_of<From> : lanes_of<To>;
      map<width>(stream, a.to.size(), Same{}, In<From>{a.from.as<From>()}, Out<To>{a.to.as<To>()});
    });
  });
}

/// flops: 2 · count. bytes: 12 · count.
void triad_on_gpu(StreamRef stream, const Triad& a) {
  assert(a.a.size() == a.b.size() && a.a.size() == a.c.size());
  map<lanes_of<float>>(stream, a.a.size(), MultiplyAdd{a.factor}, Out<float>{a.a.data()}, In<float>{a.b.data()},
                       In<float>{a.c.data()});
}

const Implements cuda_relu_backward{relu_backward, DeviceKind::cuda, Compute::hand, relu_backward_on_gpu};
const Implements cuda_convert{convert, DeviceKind::cuda, Compute::hand, convert_on_gpu};
const Implements cuda_triad{triad, DeviceKind::cuda, Compute::hand, triad_on_gpu};

}  // namespace
}  // namespace lanemark
