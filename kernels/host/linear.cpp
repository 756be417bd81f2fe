// SPDX-License-Identifier: MIT

// The linear layer by OpenBLAS. Each pass: flops 2 · rows · inputs · outputs; bytes at least those of the three
// matrices.

#include "kernels/host/floats.hpp"
#include "kernels/host/gemm.hpp"
#include "kernels/host/rows.hpp"
#include "kernels/matrix_arguments.hpp"

namespace lanemark {
namespace {

void forward(StreamRef stream, const LinearForward& arguments) {
  validate(arguments);
  stream.run([a = arguments] {
    const FloatsOf x{a.x};
    const FloatsOf weight{a.weight};
    const FloatsTo y{a.y};
    const auto& [rows, inputs, outputs] = a.shape;
    set_rows(y.data(), rows, outputs, a.bias.data());
    sgemm(rows, outputs, inputs, {x.data()}, {weight.data(), true}, 1, y.data());
    if (a.relu) clamp_negative(y.data(), rows * outputs);
    y.store();
  });
}

void backward_data(StreamRef stream, const LinearBackwardData& arguments) {
  validate(arguments);
  stream.run([a = arguments] {
    const FloatsOf dy{a.dy};
    const FloatsOf weight{a.weight};
    const FloatsTo dx{a.dx};
    sgemm(a.shape.rows, a.shape.inputs, a.shape.outputs, {dy.data()}, {weight.data()}, 0, dx.data());
    apply_mask(dx.data(), a.relu_output);
    dx.store();
  });
}

void backward_weight(StreamRef stream, const LinearBackwardWeight& arguments) {
  validate(arguments);
  stream.run([a = arguments] {
    const FloatsOf dy{a.dy};
    const FloatsOf x{a.x};
    sgemm(a.shape.outputs, a.shape.inputs, a.shape.rows, {dy.data(), true}, {x.data()}, 0, a.dweight.data());
    sum_rows(dy.data(), a.shape.rows, a.shape.outputs, a.dbias.data());
  });
}

const Implements host_linear_forward{linear_forward, DeviceKind::host, Compute::library, forward};
const Implements host_linear_backward_data{linear_backward_data, DeviceKind::host, Compute::library, backward_data};
const Implements host_linear_backward_weight{linear_backward_weight, DeviceKind::host, Compute::library,
                                             backward_weight};

}  // namespace
}  // namespace lanemark
