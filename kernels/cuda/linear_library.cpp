// SPDX-License-Identifier: MIT

#include <cublasLt.h>

#include <array>
#include <compare>
#include <map>
#include <mutex>
#include <vector>

#include "kernels/core/error.hpp"
#include "kernels/core/handle.hpp"
#include "kernels/cuda/bias.hpp"
#include "kernels/cuda/check.hpp"
#include "kernels/cuda/device_guard.hpp"
#include "kernels/cuda/fastest.hpp"
#include "kernels/cuda/stream.hpp"
#include "kernels/cuda/workspace.hpp"
#include "kernels/matrix_arguments.hpp"
#include "kernels/operations.hpp"

// The linear layer by cuBLASLt, as fast as it gets: of what its heuristics offer, the fastest is found by trying, once
// for each shape. Bias and ReLU are fused where the library can; it has no mask, which is a second pass.
// Each pass: flops 2 · rows · inputs · outputs, bytes of an element times
// (rows · inputs + rows · outputs + inputs · outputs).

namespace lanemark {
namespace {

using LtHandle = Handle<cublasLtHandle_t, cublasLtDestroy>;
using Description = Handle<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>;
using MatrixLayout = Handle<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;
using Preference = Handle<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>;

struct Operand {
  ConstArray data;
  bool transposed = false;
};

enum class Fused { nothing, bias, bias_and_relu };

/// What a choice of algorithm depends on.
struct Key {
  int gpu;
  std::size_t m, n, k;
  bool a_transposed, b_transposed, tf32;
  DType operands, result;
  Fused fused;
  std::array<unsigned, 3> alignments;
  friend auto operator<=>(const Key&, const Key&) = default;
};

struct State {
  std::mutex mutex;
  std::map<int, LtHandle> of_gpu;
  /// Empty where the library offers nothing.
  std::map<Key, std::vector<cublasLtMatmulAlgo_t>> algorithms;
};

/// Never destroyed: CUDA may have shut down by the time static objects go.
State& state() {
  static State& instance = *new State;
  return instance;
}

/// The current device's; made on first use, which allocates. Call with the mutex held.
cublasLtHandle_t handle(State& all, int ordinal) {
  LtHandle& found = all.of_gpu[ordinal];
  if (found == nullptr) {
    cublasLtHandle_t raw = nullptr;
    check(cublasLtCreate(&raw));
    found.reset(raw);
  }
  return found.get();
}

cudaDataType_t type_of(DType dtype) { return dtype == DType::bfloat16 ? CUDA_R_16BF : CUDA_R_32F; }

MatrixLayout layout(DType dtype, std::size_t rows, std::size_t columns) {
  cublasLtMatrixLayout_t raw = nullptr;
  check(cublasLtMatrixLayoutCreate(&raw, type_of(dtype), rows, columns, static_cast<std::int64_t>(rows)));
  return MatrixLayout{raw};
}

template <class T>
void set(const Description& description, cublasLtMatmulDescAttributes_t attribute, const T& value) {
  check(cublasLtMatmulDescSetAttribute(description.get(), attribute, &value, sizeof(value)));
}

unsigned alignment(const void* pointer) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  return address % 256 == 0 ? 256 : static_cast<unsigned>(address & -address);
}

/// Row-major C[m, n] = op(A)[m, k] · op(B)[k, n]: to cuBLAS, whose matrices are column-major, Cᵀ = op(B)ᵀ · op(A)ᵀ.
class Multiplication {
 public:
  Multiplication(StreamRef stream, const Key& key, const Operand& a, const Operand& b, const Array& c,
                 const float* bias)
      : stream_{stream}, key_{key}, left_{b.data.data()}, right_{a.data.data()}, to_{c.data()} {
    cublasLtMatmulDesc_t raw = nullptr;
    check(cublasLtMatmulDescCreate(&raw, key.tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F, CUDA_R_32F));
    description_.reset(raw);
    set(description_, CUBLASLT_MATMUL_DESC_TRANSA, b.transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
    set(description_, CUBLASLT_MATMUL_DESC_TRANSB, a.transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
    if (key.fused != Fused::nothing) {
      set(description_, CUBLASLT_MATMUL_DESC_EPILOGUE,
          key.fused == Fused::bias ? CUBLASLT_EPILOGUE_BIAS : CUBLASLT_EPILOGUE_RELU_BIAS);
      set(description_, CUBLASLT_MATMUL_DESC_BIAS_POINTER, static_cast<const void*>(bias));
      set(description_, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, CUDA_R_32F);
    }
    layout_left_ = b.transposed ? layout(key.operands, key.k, key.n) : layout(key.operands, key.n, key.k);
    layout_right_ = a.transposed ? layout(key.operands, key.m, key.k) : layout(key.operands, key.k, key.m);
    layout_to_ = layout(key.result, key.n, key.m);
  }

  /// Algorithms that the library offers, most promising first.
  [[nodiscard]] std::vector<cublasLtMatmulAlgo_t> offered(cublasLtHandle_t library) const {
    cublasLtMatmulPreference_t raw = nullptr;
    check(cublasLtMatmulPreferenceCreate(&raw));
    const Preference preference{raw};
    const auto prefer = [&](cublasLtMatmulPreferenceAttributes_t attribute, const auto& value) {
      check(cublasLtMatmulPreferenceSetAttribute(raw, attribute, &value, sizeof(value)));
    };
    prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspace_size.value);
    prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, key_.alignments[1]);
    prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, key_.alignments[0]);
    prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, key_.alignments[2]);
    prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, key_.alignments[2]);
    std::array<cublasLtMatmulHeuristicResult_t, 12> results{};
    int count = 0;
    const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(
        library, description_.get(), layout_left_.get(), layout_right_.get(), layout_to_.get(), layout_to_.get(), raw,
        static_cast<int>(results.size()), results.data(), &count);
    if (status == CUBLAS_STATUS_NOT_SUPPORTED) return {};
    if (status == CUBLAS_STATUS_INVALID_VALUE && key_.fused != Fused::nothing) return {};  // says so too
    check(status);
    std::vector<cublasLtMatmulAlgo_t> algorithms;
    for (int i = 0; i < count; ++i) algorithms.push_back(results.at(static_cast<std::size_t>(i)).algo);
    return algorithms;
  }

  void run(cublasLtHandle_t library, const cublasLtMatmulAlgo_t& algorithm) const {
    constexpr float one = 1;
    constexpr float zero = 0;
    check(cublasLtMatmul(library, description_.get(), &one, left_, layout_left_.get(), right_, layout_right_.get(),
                         &zero, to_, layout_to_.get(), to_, layout_to_.get(), &algorithm, workspace(stream_),
                         workspace_size.value, native_stream(stream_)));
  }

 private:
  StreamRef stream_;
  Key key_;
  const void* left_;
  const void* right_;
  void* to_;
  Description description_;
  MatrixLayout layout_left_, layout_right_, layout_to_;
};

/// False where the library cannot fuse what it was asked to.
bool multiply(StreamRef stream, std::size_t m, std::size_t n, std::size_t k, const Operand& a, const Operand& b,
              const Array& c, bool tf32, Fused fused = Fused::nothing, const float* bias = nullptr) {
  if (m == 0 || n == 0) return true;
  if (k == 0) {  // an empty sum; cuBLAS refuses row lengths of 0
    stream.fill(c.data(), std::byte{0}, c.bytes());
    return fused == Fused::nothing;
  }
  State& all = state();
  const std::lock_guard lock{all.mutex};
  const DeviceGuard guard{stream.device().ordinal};
  cublasLtHandle_t const library = handle(all, stream.device().ordinal);
  const Key key{stream.device().ordinal,
                m,
                n,
                k,
                a.transposed,
                b.transposed,
                tf32,
                a.data.dtype(),
                c.dtype(),
                fused,
                {alignment(a.data.data()), alignment(b.data.data()), alignment(c.data())}};
  const Multiplication multiplication{stream, key, a, b, c, bias};
  auto found = all.algorithms.find(key);
  if (found == all.algorithms.end()) found = all.algorithms.emplace(key, multiplication.offered(library)).first;
  if (found->second.empty() && fused != Fused::nothing) return false;
  if (found->second.empty()) throw Error("cuBLASLt offers no algorithm for a matrix product; use --compute=hand");
  keep_fastest(stream, found->second, [&](const cublasLtMatmulAlgo_t& one) { multiplication.run(library, one); });
  multiplication.run(library, found->second.front());
  return true;
}

void forward(StreamRef stream, const LinearForward& arguments) {
  validate(arguments);
  const auto& [shape, x, weight, bias, y, relu, tf32] = arguments;
  const auto by = [&](Fused fused) {
    return multiply(stream, shape.rows, shape.outputs, shape.inputs, {x}, {weight, true}, y, tf32, fused, bias.data());
  };
  if (by(relu ? Fused::bias_and_relu : Fused::bias)) return;
  by(Fused::nothing);
  add_bias(stream, shape.rows, shape.outputs, bias.data(), y, relu);
}

void backward_data(StreamRef stream, const LinearBackwardData& arguments) {
  validate(arguments);
  const auto& [shape, dy, weight, dx, relu_output, tf32] = arguments;
  multiply(stream, shape.rows, shape.inputs, shape.outputs, {dy}, {weight}, dx, tf32);
  if (!relu_output.empty()) relu_backward(stream, {.y = relu_output, .dy = dx});
}

void backward_weight(StreamRef stream, const LinearBackwardWeight& arguments) {
  validate(arguments);
  const auto& [shape, dy, x, dweight, dbias, tf32] = arguments;
  multiply(stream, shape.outputs, shape.inputs, shape.rows, {dy, true}, {x}, dweight, tf32);
  column_sums(stream, shape.rows, shape.outputs, dy, dbias.data());
}

const Implements cuda_forward{linear_forward, DeviceKind::cuda, Compute::library, forward};
const Implements cuda_backward_data{linear_backward_data, DeviceKind::cuda, Compute::library, backward_data};
const Implements cuda_backward_weight{linear_backward_weight, DeviceKind::cuda, Compute::library, backward_weight};

}  // namespace
}  // namespace lanemark
