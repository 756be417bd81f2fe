// SPDX-License-Identifier: MIT

#include "kernels/cuda/bias.hpp"
#include "kernels/cuda/convolution_patches.cuh"
#include "kernels/cuda/matrix_paths.hpp"
#include "kernels/cuda/multiply.cuh"
#include "kernels/matrix_arguments.hpp"
#include "kernels/operations.hpp"

// The convolution's weight gradient as a matrix product that gathers its patches on the way (implicit GEMM; Chetlur et
// al. 2014); flops and bytes: convolution_patches.cuh. A file of its own for each pass, as each takes half a minute to
// compile.

namespace lanemark {
namespace {

using gemm::AlongOuter;
using gemm::patches;

void backward_weight(StreamRef stream, const ConvolutionBackwardWeight& arguments) {
  const auto& [shape, dy, x, dweight, dbias, tf32] = arguments;
  validate(arguments);
  if (!run_by_tma(stream, arguments)) {
    dispatch_layer_type(dy.dtype(), [&]<class T>(std::type_identity<T>) {
      gemm::multiply(stream, tf32, shape.outputs, shape.taps() * shape.inputs, shape.output_pixels(),
                     AlongOuter<T>{dy.as<T>(), shape.outputs, shape.output_pixels()},
                     patches<T, false>(shape, x.as<T>()), dweight);
    });
  }
  column_sums(stream, shape.output_pixels(), shape.outputs, dy, dbias.data());
}

const Implements cuda_convolution_backward_weight{convolution_backward_weight, DeviceKind::cuda, Compute::hand,
                                                  backward_weight};

}  // namespace
}  // namespace lanemark
