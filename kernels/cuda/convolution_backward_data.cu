#include "kernels/cuda/convolution_sources.cuh"
#include "kernels/cuda/matrix_paths.hpp"
#include "kernels/cuda/multiply.cuh"
#include "kernels/matrix_arguments.hpp"
#include "kernels/operations.hpp"

// The convolution's data gradient as a matrix product that gathers its patches on the way (implicit GEMM; Chetlur et
// al. 2014); flops and bytes: convolution_patches.cuh. A file of its own for each pass, as each takes half a minute to
// compile.

namespace lanemark {
namespace {

using gemm::dimension;
using gemm::Grid;
using gemm::Taps;

/// How the pixels of the input in every `stride`th row, or column, from `phase` on meet the output: output and tap add
/// up to them.
struct Meeting {
  unsigned first_tap;
  unsigned taps;     ///< of that parity
  int first_output;  ///< of the first pixel, by the first tap
};
Meeting meeting(const ConvolutionShape& shape, std::size_t phase) {
  const std::size_t first = (phase + shape.padding()) % shape.stride;
  const std::size_t taps = first < shape.filter ? (shape.filter - first + shape.stride - 1) / shape.stride : 0;
  return {dimension(first), dimension(taps), static_cast<int>((phase + shape.padding() - first) / shape.stride)};
}

/// dx at the pixels of one phase in rows and one in columns, all of which meet the same taps: nothing is multiplied by
/// the zeros that a stride leaves between outputs.
template <class T>
using GradientPart = gemm::Part<gemm::Patches<T>, gemm::WeightsAlongInputs<T>, Grid>;
template <class T>
GradientPart<T> gradient_part(const ConvolutionShape& shape, const T* dy, const T* weight, std::size_t row_phase,
                              std::size_t column_phase) {
  const unsigned stride = dimension(shape.stride);
  const Grid pixels{dimension(shape.images), dimension(shape.height), dimension(shape.width), stride,
                    dimension(row_phase),    dimension(column_phase)};
  const Meeting row = meeting(shape, row_phase);
  const Meeting column = meeting(shape, column_phase);
  const Taps taps{row.taps, column.taps, row.first_output, column.first_output, -1};
  const unsigned outputs = dimension(shape.outputs);
  return {{dy, dimension(shape.output_height()), dimension(shape.output_width()), outputs, pixels, 1, taps},
          {weight, outputs, dimension(shape.filter), dimension(shape.inputs), taps, row.first_tap, column.first_tap,
           stride},
          pixels,
          pixels.pixels(),
          taps.rows * taps.columns * outputs};
}

void backward_data(StreamRef stream, const ConvolutionBackwardData& arguments) {
  validate(arguments);
  if (run_by_tma(stream, arguments)) return;
  const auto& [shape, dy, weight, dx, relu_output, tf32] = arguments;
  dispatch_layer_type(dy.dtype(), [&]<class T>(std::type_identity<T>) {
    const auto part = [&](std::size_t row, std::size_t column) {
      return gradient_part(shape, dy.as<T>(), weight.as<T>(), row, column);
    };
    const Finish finish{.mask = relu_output};
    if (shape.stride == 1) {
      gemm::multiply(stream, tf32, std::array{part(0, 0)}, shape.inputs, dx, finish);
    } else {  // those that meet the most taps first
      gemm::multiply(stream, tf32, std::array{part(1, 1), part(1, 0), part(0, 1), part(0, 0)}, shape.inputs, dx,
                     finish);
    }
  });
}

const Implements cuda_convolution_backward_data{convolution_backward_data, DeviceKind::cuda, Compute::hand,
                                                backward_data};

}  // namespace
}  // namespace lanemark
