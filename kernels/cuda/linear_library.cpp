#include <map>
#include <mutex>

#include "kernels/core/handle.hpp"
#include "kernels/cuda/bias.hpp"
#include "kernels/cuda/check.hpp"
#include "kernels/cuda/device_guard.hpp"
#include "kernels/cuda/stream.hpp"
#include "kernels/cuda/workspace.hpp"
#include "kernels/operations.hpp"

// The linear layer by cuBLAS in single precision (no TF32). Each pass: flops 2 · rows · inputs · outputs, bytes
// 4 · (rows · inputs + rows · outputs + inputs · outputs); forward adds the bias in a second pass over y.

namespace lanemark {
namespace {

using CublasHandle = Handle<cublasHandle_t, cublasDestroy>;

struct Handles {
  std::mutex mutex;
  std::map<int, CublasHandle> of_gpu;
};

/// Never destroyed: CUDA may have shut down by the time static objects go.
Handles& handles() {
  static Handles& instance = *new Handles;
  return instance;
}

/// The current device's; made on first use, which allocates. Call with the mutex held.
cublasHandle_t handle(Handles& all, int ordinal) {
  CublasHandle& found = all.of_gpu[ordinal];
  if (found == nullptr) {
    cublasHandle_t raw = nullptr;
    check(cublasCreate(&raw));
    found.reset(raw);
    check(cublasSetMathMode(raw, CUBLAS_DEFAULT_MATH));
    check(cublasSetPointerMode(raw, CUBLAS_POINTER_MODE_HOST));
  }
  return found.get();
}

struct Operand {
  const float* data;
  bool transposed = false;
};

/// Row-major C[m, n] = op(A)[m, k] · op(B)[k, n]: to cuBLAS, whose matrices are column-major, Cᵀ = op(B)ᵀ · op(A)ᵀ.
void multiply(StreamRef stream, std::size_t rows, std::size_t columns, std::size_t sum_over, Operand a, Operand b,
              float* c) {
  const auto m = static_cast<std::int64_t>(rows);
  const auto n = static_cast<std::int64_t>(columns);
  const auto k = static_cast<std::int64_t>(sum_over);
  if (m == 0 || n == 0) return;
  if (k == 0) {  // an empty sum; cuBLAS refuses row lengths of 0
    stream.fill(c, std::byte{0}, Bytes{rows * columns * sizeof(float)});
    return;
  }
  void* const scratch = workspace(stream);
  constexpr float one = 1;
  constexpr float zero = 0;
  Handles& all = handles();
  const std::lock_guard lock{all.mutex};
  const DeviceGuard guard{stream.device().ordinal};
  cublasHandle_t const cublas = handle(all, stream.device().ordinal);
  check(cublasSetStream(cublas, native_stream(stream)));
  check(cublasSetWorkspace(cublas, scratch, workspace_size.value));  // after the stream, which resets it
  check(cublasSgemm_64(cublas, b.transposed ? CUBLAS_OP_T : CUBLAS_OP_N, a.transposed ? CUBLAS_OP_T : CUBLAS_OP_N, n, m,
                       k, &one, b.data, b.transposed ? k : n, a.data, a.transposed ? m : k, &zero, c, n));
}

void forward(StreamRef stream, const LinearForward& arguments) {
  const auto& [shape, x, weight, bias, y, relu] = arguments;
  multiply(stream, shape.rows, shape.outputs, shape.inputs, {x.data()}, {weight.data(), true}, y.data());
  add_bias(stream, shape.rows, shape.outputs, bias.data(), y.data(), relu);
}

void backward_data(StreamRef stream, const LinearBackwardData& arguments) {
  const auto& [shape, dy, weight, dx] = arguments;
  multiply(stream, shape.rows, shape.inputs, shape.outputs, {dy.data()}, {weight.data()}, dx.data());
}

void backward_weight(StreamRef stream, const LinearBackwardWeight& arguments) {
  const auto& [shape, dy, x, dweight, dbias] = arguments;
  multiply(stream, shape.outputs, shape.inputs, shape.rows, {dy.data(), true}, {x.data()}, dweight.data());
  column_sums(stream, shape.rows, shape.outputs, dy.data(), dbias.data());
}

const Implements cuda_forward{linear_forward, DeviceKind::cuda, Compute::library, forward};
const Implements cuda_backward_data{linear_backward_data, DeviceKind::cuda, Compute::library, backward_data};
const Implements cuda_backward_weight{linear_backward_weight, DeviceKind::cuda, Compute::library, backward_weight};

}  // namespace
}  // namespace lanemark
