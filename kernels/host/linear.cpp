// The linear layer by OpenBLAS.

#include "kernels/host/gemm.hpp"
#include "kernels/host/rows.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

void forward(StreamRef stream, const LinearForward& arguments) {
  stream.run([arguments] {
    const auto& [shape, x, weight, bias, y, relu] = arguments;
    set_rows(y.data(), shape.rows, shape.outputs, bias.data());
    gemm(shape.rows, shape.outputs, shape.inputs, {x.data()}, {weight.data(), true}, 1, y.data());
    if (relu) clamp_negative(y.data(), shape.rows * shape.outputs);
  });
}

void backward_data(StreamRef stream, const LinearBackwardData& arguments) {
  stream.run([arguments] {
    const auto& [shape, dy, weight, dx] = arguments;
    gemm(shape.rows, shape.inputs, shape.outputs, {dy.data()}, {weight.data()}, 0, dx.data());
  });
}

void backward_weight(StreamRef stream, const LinearBackwardWeight& arguments) {
  stream.run([arguments] {
    const auto& [shape, dy, x, dweight, dbias] = arguments;
    gemm(shape.outputs, shape.inputs, shape.rows, {dy.data(), true}, {x.data()}, 0, dweight.data());
    sum_rows(dy.data(), shape.rows, shape.outputs, dbias.data());
  });
}

const Implements host_forward{linear_forward, DeviceKind::host, Compute::library, forward};
const Implements host_backward_data{linear_backward_data, DeviceKind::host, Compute::library, backward_data};
const Implements host_backward_weight{linear_backward_weight, DeviceKind::host, Compute::library, backward_weight};

}  // namespace
}  // namespace lanemark
