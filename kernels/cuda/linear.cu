#include "kernels/cuda/bias.hpp"
#include "kernels/cuda/matrix_paths.hpp"
#include "kernels/cuda/multiply.cuh"
#include "kernels/matrix_arguments.hpp"
#include "kernels/operations.hpp"

// The linear layer by our own matrix products. Each pass: flops 2 · rows · inputs · outputs, bytes of an element times
// (rows · inputs + rows · outputs + inputs · outputs).

namespace lanemark {
namespace {

using gemm::AlongDepth;
using gemm::AlongOuter;

void forward(StreamRef stream, const LinearForward& arguments) {
  validate(arguments);
  if (run_by_copy_engine(stream, arguments)) return;
  const auto& [shape, x, weight, bias, y, relu, tf32] = arguments;
  dispatch_layer_type(x.dtype(), [&]<class T>(std::type_identity<T>) {
    gemm::multiply(stream, tf32, shape.rows, shape.outputs, shape.inputs,
                   AlongDepth<T>{x.as<T>(), shape.rows, shape.inputs},
                   AlongDepth<T>{weight.as<T>(), shape.outputs, shape.inputs}, y, {.bias = bias.data(), .relu = relu});
  });
}

void backward_data(StreamRef stream, const LinearBackwardData& arguments) {
  validate(arguments);
  if (run_by_copy_engine(stream, arguments)) return;
  const auto& [shape, dy, weight, dx, relu_output, tf32] = arguments;
  dispatch_layer_type(dy.dtype(), [&]<class T>(std::type_identity<T>) {
    gemm::multiply(stream, tf32, shape.rows, shape.inputs, shape.outputs,
                   AlongDepth<T>{dy.as<T>(), shape.rows, shape.outputs},
                   AlongOuter<T>{weight.as<T>(), shape.inputs, shape.outputs}, dx, {.mask = relu_output});
  });
}

void backward_weight(StreamRef stream, const LinearBackwardWeight& arguments) {
  const auto& [shape, dy, x, dweight, dbias, tf32] = arguments;
  validate(arguments);
  if (!run_by_copy_engine(stream, arguments)) {
    dispatch_layer_type(dy.dtype(), [&]<class T>(std::type_identity<T>) {
      gemm::multiply(stream, tf32, shape.outputs, shape.inputs, shape.rows,
                     AlongOuter<T>{dy.as<T>(), shape.outputs, shape.rows},
                     AlongOuter<T>{x.as<T>(), shape.inputs, shape.rows}, dweight);
    });
  }
  column_sums(stream, shape.rows, shape.outputs, dy, dbias.data());
}

const Implements cuda_forward{linear_forward, DeviceKind::cuda, Compute::hand, forward};
const Implements cuda_backward_data{linear_backward_data, DeviceKind::cuda, Compute::hand, backward_data};
const Implements cuda_backward_weight{linear_backward_weight, DeviceKind::cuda, Compute::hand, backward_weight};

}  // namespace
}  // namespace lanemark
