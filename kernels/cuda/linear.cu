#include "kernels/cuda/bias.hpp"
#include "kernels/cuda/gemm.cuh"
#include "kernels/operations.hpp"

// The linear layer by our own matrix product. Each pass: flops 2 · rows · inputs · outputs, bytes
// 4 · (rows · inputs + rows · outputs + inputs · outputs).

namespace lanemark {
namespace {

using gemm::AlongDepth;
using gemm::AlongOuter;

void forward(StreamRef stream, const LinearForward& arguments) {
  const auto& [shape, x, weight, bias, y, relu] = arguments;
  gemm::multiply(stream, shape.rows, shape.outputs, shape.inputs, AlongDepth{x.data(), shape.rows, shape.inputs},
                 AlongDepth{weight.data(), shape.outputs, shape.inputs}, y.data(), {bias.data(), relu});
}

void backward_data(StreamRef stream, const LinearBackwardData& arguments) {
  const auto& [shape, dy, weight, dx] = arguments;
  gemm::multiply(stream, shape.rows, shape.inputs, shape.outputs, AlongDepth{dy.data(), shape.rows, shape.outputs},
                 AlongOuter{weight.data(), shape.inputs}, dx.data());
}

void backward_weight(StreamRef stream, const LinearBackwardWeight& arguments) {
  const auto& [shape, dy, x, dweight, dbias] = arguments;
  gemm::multiply(stream, shape.outputs, shape.inputs, shape.rows, AlongOuter{dy.data(), shape.outputs},
                 AlongOuter{x.data(), shape.inputs}, dweight.data());
  column_sums(stream, shape.rows, shape.outputs, dy.data(), dbias.data());
}

const Implements cuda_forward{linear_forward, DeviceKind::cuda, Compute::hand, forward};
const Implements cuda_backward_data{linear_backward_data, DeviceKind::cuda, Compute::hand, backward_data};
const Implements cuda_backward_weight{linear_backward_weight, DeviceKind::cuda, Compute::hand, backward_weight};

}  // namespace
}  // namespace lanemark
