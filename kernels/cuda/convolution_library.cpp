// SPDX-License-Identifier: MIT

#include <array>
#include <compare>
#include <cudnn.h>
#include <map>
#include <mutex>
#include <vector>

#include "kernels/core/buffer.hpp"
#include "kernels/core/error.hpp"
#include "kernels/core/handle.hpp"
#include "kernels/cuda/bias.hpp"
#include "kernels/cuda/check_cudnn.hpp"
#include "kernels/cuda/device_guard.hpp"
#include "kernels/cuda/fastest.hpp"
#include "kernels/cuda/stream.hpp"
#include "kernels/matrix_arguments.hpp"
#include "kernels/operations.hpp"

// The convolution by cuDNN, as fast as it gets: of the algorithms that it lists, the fastest is found by trying, once
// for each shape and type. The flops and bytes are those of convolution.cu. Bias and ReLU are fused where cuDNN can; it
// has no mask, which is a second pass, and gives bfloat16 weight gradients for bfloat16 data, which are widened.

namespace lanemark {
namespace {

using CudnnHandle = Handle<cudnnHandle_t, cudnnDestroy>;
using Tensor = Handle<cudnnTensorDescriptor_t, cudnnDestroyTensorDescriptor>;
using Filter = Handle<cudnnFilterDescriptor_t, cudnnDestroyFilterDescriptor>;
using Convolution = Handle<cudnnConvolutionDescriptor_t, cudnnDestroyConvolutionDescriptor>;
using Activation = Handle<cudnnActivationDescriptor_t, cudnnDestroyActivationDescriptor>;

constexpr Bytes most_workspace = mebibytes(512);
constexpr int most_algorithms = 16;

template <class Owner, class Raw>
Owner make(cudnnStatus_t (*create)(Raw*)) {
  Raw raw = nullptr;
  check(create(&raw));
  return Owner{raw};
}

int integer(std::size_t size) { return static_cast<int>(size); }

cudnnDataType_t cudnn_type(DType dtype) { return dtype == DType::bfloat16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT; }

Tensor tensor(DType dtype, std::size_t images, std::size_t channels, std::size_t height, std::size_t width) {
  auto made = make<Tensor>(cudnnCreateTensorDescriptor);
  check(cudnnSetTensor4dDescriptor(made.get(), CUDNN_TENSOR_NHWC, cudnn_type(dtype), integer(images), integer(channels),
                                   integer(height), integer(width)));
  return made;
}

/// One algorithm, and how the tensor cores are used with it.
template <class Algorithm>
struct Way {
  Algorithm algorithm;
  cudnnMathType_t math;
  std::size_t workspace;
};

/// What cuDNN needs to know of a convolution, and what it was found to do best.
struct Plan {
  Tensor x, y, bias;
  Filter weight;
  Convolution convolution;
  Activation activation;
  std::vector<Way<cudnnConvolutionFwdAlgo_t>> forward;
  std::vector<Way<cudnnConvolutionBwdDataAlgo_t>> backward_data;
  std::vector<Way<cudnnConvolutionBwdFilterAlgo_t>> backward_weight;
  bool fuses = true;  ///< bias and activation; until cuDNN refuses
  Memory workspace;
  Memory narrow;  ///< a bias or a weight gradient in bfloat16
};

struct ConvolutionKey {
  int gpu;
  std::array<std::size_t, 7> shape;
  DType dtype;
  bool tf32;
  int pass;
  friend auto operator<=>(const ConvolutionKey&, const ConvolutionKey&) = default;
};

struct CudnnState {
  std::mutex mutex;
  std::map<int, CudnnHandle> of_gpu;
  std::map<ConvolutionKey, Plan> plans;
};

/// Never destroyed: CUDA may have shut down by the time static objects go.
CudnnState& cudnn_state() {
  static CudnnState& instance = *new CudnnState;
  return instance;
}

cudnnMathType_t usual_math(DType dtype, bool tf32) {
  return dtype == DType::bfloat16 || tf32 ? CUDNN_TENSOR_OP_MATH : CUDNN_FMA_MATH;
}

Plan describe(const ConvolutionShape& shape, DType dtype, bool tf32) {
  Plan plan;
  plan.x = tensor(dtype, shape.images, shape.inputs, shape.height, shape.width);
  plan.y = tensor(dtype, shape.images, shape.outputs, shape.output_height(), shape.output_width());
  plan.bias = tensor(dtype, 1, shape.outputs, 1, 1);
  plan.weight = make<Filter>(cudnnCreateFilterDescriptor);
  check(cudnnSetFilter4dDescriptor(plan.weight.get(), cudnn_type(dtype), CUDNN_TENSOR_NHWC, integer(shape.outputs),
                                   integer(shape.inputs), integer(shape.filter), integer(shape.filter)));
  plan.convolution = make<Convolution>(cudnnCreateConvolutionDescriptor);
  const int padding = integer(shape.padding());
  const int stride = integer(shape.stride);
  check(cudnnSetConvolution2dDescriptor(plan.convolution.get(), padding, padding, stride, stride, 1, 1,
                                        CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));
  check(cudnnSetConvolutionMathType(plan.convolution.get(), usual_math(dtype, tf32)));
  plan.activation = make<Activation>(cudnnCreateActivationDescriptor);
  return plan;
}

/// Of what cuDNN lists, the ways that work, keep to the precision asked for and fit the workspace.
template <class Algorithm, class Performance>
std::vector<Way<Algorithm>> usable(const std::array<Performance, most_algorithms>& listed, int count, DType dtype,
                                   bool tf32, Memory& workspace, Device device) {
  std::vector<Way<Algorithm>> ways;
  std::size_t most = 0;
  for (int i = 0; i < count; ++i) {
    const Performance& one = listed.at(static_cast<std::size_t>(i));
    const bool exact = one.mathType == CUDNN_FMA_MATH;
    if (one.status != CUDNN_STATUS_SUCCESS || one.memory > most_workspace.value) continue;
    if (dtype == DType::float32 && !tf32 && !exact) continue;
    ways.push_back({one.algo, one.mathType, one.memory});
    most = std::max(most, one.memory);
  }
  workspace = Memory{device, Bytes{most}};
  return ways;
}

/// Calls `f(library, plan)` with the plan for this pass, described on first use.
template <class F>
void with_plan(StreamRef stream, const ConvolutionShape& shape, DType dtype, bool tf32, int pass, F&& f) {
  CudnnState& all = cudnn_state();
  const std::lock_guard lock{all.mutex};
  const DeviceGuard guard{stream.device().ordinal};
  CudnnHandle& library = all.of_gpu[stream.device().ordinal];
  if (library == nullptr) library = make<CudnnHandle>(cudnnCreate);
  check(cudnnSetStream(library.get(), native_stream(stream)));
  const ConvolutionKey key{
      stream.device().ordinal,
      {shape.images, shape.height, shape.width, shape.inputs, shape.outputs, shape.filter, shape.stride},
      dtype,
      tf32,
      pass};
  auto found = all.plans.find(key);
  if (found == all.plans.end()) found = all.plans.emplace(key, describe(shape, dtype, tf32)).first;
  f(library.get(), found->second);
}

void require(bool any) {
  if (!any) throw Error("cuDNN offers no algorithm for a convolution; use --compute=hand");
}

constexpr float one = 1;
constexpr float zero = 0;

bool is_empty(const ConvolutionShape& shape) {
  return shape.input_pixels() == 0 || shape.inputs == 0 || shape.outputs == 0;
}

/// cuDNN's kernels read 16 bytes at a time wherever the data begins; what does not begin there is left to ours, as is
/// what has no elements.
template <class... T>
bool allowed(const T&... arrays) {
  constexpr std::uintptr_t access = 16;
  return ((reinterpret_cast<std::uintptr_t>(arrays.data()) % access == 0) && ...);
}

/// Convolution, bias and activation at once; false where cuDNN cannot.
bool run_fused(StreamRef stream, cudnnHandle_t library, Plan& plan, const ConvolutionForward& a) {
  if (!plan.fuses) return false;
  const void* bias = a.bias.data();
  if (a.x.dtype() == DType::bfloat16) {
    if (plan.narrow.size() == Bytes{}) plan.narrow = Memory{stream.device(), Bytes{a.bias.size() * sizeof(BFloat16)}};
    convert(stream, {.from = a.bias, .to = Array{DType::bfloat16, plan.narrow.data(), a.bias.size()}});
    bias = plan.narrow.data();
  }
  check(cudnnSetActivationDescriptor(plan.activation.get(), a.relu ? CUDNN_ACTIVATION_RELU : CUDNN_ACTIVATION_IDENTITY,
                                     CUDNN_PROPAGATE_NAN, 0));
  const cudnnStatus_t status = cudnnConvolutionBiasActivationForward(
      library, &one, plan.x.get(), a.x.data(), plan.weight.get(), a.weight.data(), plan.convolution.get(),
      CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM, plan.workspace.data(), plan.workspace.size().value, &zero,
      plan.y.get(), a.y.data(), plan.bias.get(), bias, plan.activation.get(), plan.y.get(), a.y.data());
  plan.fuses = status == CUDNN_STATUS_SUCCESS;
  return plan.fuses;
}

void forward(StreamRef stream, const ConvolutionForward& a) {
  validate(a);
  if (is_empty(a.shape) || !allowed(a.x, a.weight, a.y)) return convolution_forward({stream, Compute::hand}, a);
  with_plan(stream, a.shape, a.x.dtype(), a.tf32, 0, [&](cudnnHandle_t library, Plan& plan) {
    if (plan.forward.empty()) {
      std::array<cudnnConvolutionFwdAlgoPerf_t, most_algorithms> listed{};
      int count = 0;
      check(cudnnGetConvolutionForwardAlgorithm_v7(library, plan.x.get(), plan.weight.get(), plan.convolution.get(),
                                                   plan.y.get(), most_algorithms, &count, listed.data()));
      plan.forward =
          usable<cudnnConvolutionFwdAlgo_t>(listed, count, a.x.dtype(), a.tf32, plan.workspace, stream.device());
      require(!plan.forward.empty());
    }
    const auto run = [&](const Way<cudnnConvolutionFwdAlgo_t>& way) {
      check(cudnnSetConvolutionMathType(plan.convolution.get(), way.math));
      check(cudnnConvolutionForward(library, &one, plan.x.get(), a.x.data(), plan.weight.get(), a.weight.data(),
                                    plan.convolution.get(), way.algorithm, plan.workspace.data(), way.workspace, &zero,
                                    plan.y.get(), a.y.data()));
    };
    keep_fastest(stream, plan.forward, run);
    check(cudnnSetConvolutionMathType(plan.convolution.get(), plan.forward.front().math));
    if (run_fused(stream, library, plan, a)) return;
    run(plan.forward.front());
    add_bias(stream, a.shape.output_pixels(), a.shape.outputs, a.bias.data(), a.y, a.relu);
  });
}

void backward_data(StreamRef stream, const ConvolutionBackwardData& a) {
  validate(a);
  if (is_empty(a.shape) || !allowed(a.dy, a.weight, a.dx)) return convolution_backward_data({stream, Compute::hand}, a);
  with_plan(stream, a.shape, a.dy.dtype(), a.tf32, 1, [&](cudnnHandle_t library, Plan& plan) {
    if (plan.backward_data.empty()) {
      std::array<cudnnConvolutionBwdDataAlgoPerf_t, most_algorithms> listed{};
      int count = 0;
      check(cudnnGetConvolutionBackwardDataAlgorithm_v7(library, plan.weight.get(), plan.y.get(),
                                                        plan.convolution.get(), plan.x.get(), most_algorithms, &count,
                                                        listed.data()));
      plan.backward_data =
          usable<cudnnConvolutionBwdDataAlgo_t>(listed, count, a.dy.dtype(), a.tf32, plan.workspace, stream.device());
      require(!plan.backward_data.empty());
    }
    const auto run = [&](const Way<cudnnConvolutionBwdDataAlgo_t>& way) {
      check(cudnnSetConvolutionMathType(plan.convolution.get(), way.math));
      check(cudnnConvolutionBackwardData(library, &one, plan.weight.get(), a.weight.data(), plan.y.get(), a.dy.data(),
                                         plan.convolution.get(), way.algorithm, plan.workspace.data(), way.workspace,
                                         &zero, plan.x.get(), a.dx.data()));
    };
    keep_fastest(stream, plan.backward_data, run);
    run(plan.backward_data.front());
  });
  if (!a.relu_output.empty()) relu_backward(stream, {.y = a.relu_output, .dy = a.dx});
}

void backward_weight(StreamRef stream, const ConvolutionBackwardWeight& a) {
  validate(a);
  if (is_empty(a.shape) || !allowed(a.x, a.dy, a.dweight)) {
    return convolution_backward_weight({stream, Compute::hand}, a);
  }
  column_sums(stream, a.shape.output_pixels(), a.shape.outputs, a.dy, a.dbias.data());
  with_plan(stream, a.shape, a.dy.dtype(), a.tf32, 2, [&](cudnnHandle_t library, Plan& plan) {
    const bool narrow = a.dy.dtype() == DType::bfloat16;
    if (plan.backward_weight.empty()) {
      std::array<cudnnConvolutionBwdFilterAlgoPerf_t, most_algorithms> listed{};
      int count = 0;
      check(cudnnGetConvolutionBackwardFilterAlgorithm_v7(library, plan.x.get(), plan.y.get(), plan.convolution.get(),
                                                          plan.weight.get(), most_algorithms, &count, listed.data()));
      plan.backward_weight =
          usable<cudnnConvolutionBwdFilterAlgo_t>(listed, count, a.dy.dtype(), a.tf32, plan.workspace, stream.device());
      require(!plan.backward_weight.empty());
      if (narrow) plan.narrow = Memory{stream.device(), Bytes{a.dweight.size() * sizeof(BFloat16)}};
    }
    void* const to = narrow ? static_cast<void*>(plan.narrow.data()) : a.dweight.data();
    const auto run = [&](const Way<cudnnConvolutionBwdFilterAlgo_t>& way) {
      check(cudnnSetConvolutionMathType(plan.convolution.get(), way.math));
      check(cudnnConvolutionBackwardFilter(library, &one, plan.x.get(), a.x.data(), plan.y.get(), a.dy.data(),
                                           plan.convolution.get(), way.algorithm, plan.workspace.data(), way.workspace,
                                           &zero, plan.weight.get(), to));
    };
    keep_fastest(stream, plan.backward_weight, run);
    run(plan.backward_weight.front());
    if (narrow) convert(stream, {.from = ConstArray{DType::bfloat16, to, a.dweight.size()}, .to = a.dweight});
  });
}

const Implements cudnn_forward{convolution_forward, DeviceKind::cuda, Compute::library, forward};
const Implements cudnn_backward_data{convolution_backward_data, DeviceKind::cuda, Compute::library, backward_data};
const Implements cudnn_backward_weight{convolution_backward_weight, DeviceKind::cuda, Compute::library,
                                       backward_weight};

}  // namespace
}  // namespace lanemark
