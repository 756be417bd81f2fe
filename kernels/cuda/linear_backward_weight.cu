// SPDX-License-Identifier: MIT

#include "kernels/cuda/bias.hpp"
#include "kernels/cuda/matrix_paths.hpp"
#include "kernels/cuda/multiply.cuh"
#include "kernels/matrix_arguments.hpp"
#include "kernels/operations.hpp"

// The linear layer's weight gradient by our own matrix product: flops 2 · rows · inputs · outputs, bytes of an element
// times (rows · inputs + rows · outputs + inputs · outputs).

namespace lanemark {
namespace {

using gemm::AlongOuter;

void backward_weight(StreamRef stream, const LinearBackwardWeight& arguments) {
  const auto& [shape, dy, x, dweight, dbias, tf32] = arguments;
  validate(arguments);
  if (!run_by_tma(stream, arguments)) {
    dispatch_layer_type(dy.dtype(), [&]<class T>(std::type_identity<T>) {
      gemm::multiply(stream, tf32, shape.outputs, shape.inputs, shape.rows,
                     AlongOuter<T>{dy.as<T>(), shape.outputs, shape.rows},
                     AlongOuter<T>{x.as<T>(), shape.inputs, shape.rows}, dweight);
    });
  }
  column_sums(stream, shape.rows, shape.outputs, dy, dbias.data());
}

const Implements cuda_linear_backward_weight{linear_backward_weight, DeviceKind::cuda, Compute::hand, backward_weight};

}  // namespace
}  // namespace lanemark
