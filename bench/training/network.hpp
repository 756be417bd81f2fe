// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collectives/gradient_sync/gradient_sync.hpp"
#include "kernels/core/array.hpp"
#include "kernels/core/operation.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {

/// A layer of a network: how it computes, with no memory of its own. Sizes are floats per sample.
class Layer {
 public:
  Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;
  Layer(Layer&&) = delete;
  Layer& operator=(Layer&&) = delete;
  virtual ~Layer() = default;

  [[nodiscard]] virtual std::size_t input_size() const = 0;
  [[nodiscard]] virtual std::size_t output_size() const = 0;
  /// 0 for a layer without parameters.
  [[nodiscard]] virtual std::size_t weight_count() const { return 0; }
  [[nodiscard]] virtual std::size_t bias_count() const { return 0; }
  /// Inputs that one output sums over; sets the scale of the first weights.
  [[nodiscard]] virtual std::size_t fan_in() const { return 1; }
  /// Floating-point operations of one sample's forward pass.
  [[nodiscard]] virtual Flops forward_flops() const { return {}; }

  /// Whether the vendor's library, as built in, computes what this multiplies; of what multiplies nothing, it need not.
  [[nodiscard]] virtual bool has_library(DeviceKind /*kind*/) const { return true; }

  /// Whether its output went through a ReLU, whose gradient the next layer's backward pass applies.
  [[nodiscard]] virtual bool has_relu() const { return false; }

  struct Parameters {
    ConstArray weight;
    DeviceSpan<const float> bias;
  };
  struct Gradients {
    DeviceSpan<float> weight, bias;
  };
  struct Activations {
    std::size_t samples;
    ConstArray x;  ///< [samples, input_size]
    Array y;       ///< [samples, output_size]
    bool x_is_from_relu;
    bool tf32;
  };

  virtual void forward(const Executor& on, const Activations& at, const Parameters& parameters) const = 0;
  /// Writes the gradients of the layer's parameters, from dy before the layer's own ReLU. Runs first, so that they can
  /// be sent while the data gradient is computed.
  virtual void backward_parameters(const Executor& on, const Activations& at, const ConstArray& dy,
                                   const Gradients& gradients) const = 0;
  /// Writes the gradient of the layer's input, before the ReLU that made it, where one did.
  virtual void backward_data(const Executor& on, const Activations& at, const Parameters& parameters,
                             const ConstArray& dy, const Array& dx) const = 0;
};

std::unique_ptr<Layer> make_linear(std::size_t inputs, std::size_t outputs, bool relu);
/// 3x3, padding 1, NHWC.
std::unique_ptr<Layer> make_convolution(std::size_t edge, std::size_t inputs, std::size_t outputs, bool relu);
/// 2x2, stride 2; `edge` is the input's and even.
std::unique_ptr<Layer> make_max_pool(std::size_t edge, std::size_t channels);

/// Layers in a row, the last without a ReLU, and where their parameters lie: one arena in the order in which the
/// backward pass finishes the gradients, the last layer first and each layer's bias before its weight (PyTorch's
/// reversed parameters). Every tensor begins on a multiple of 16 bytes in either type, which TMA wants;
/// the gaps belong to nobody.
class Network {
 public:
  explicit Network(std::vector<std::unique_ptr<Layer>> layers);

  [[nodiscard]] std::size_t layer_count() const { return layers_.size(); }
  [[nodiscard]] const Layer& layer(std::size_t i) const { return *layers_[i]; }
  /// Whether all its layers have one.
  [[nodiscard]] bool has_library(DeviceKind kind) const;
  [[nodiscard]] std::size_t input_size() const { return layers_.front()->input_size(); }
  [[nodiscard]] std::size_t classes() const { return layers_.back()->output_size(); }
  [[nodiscard]] std::size_t parameter_count() const { return parameter_count_; }
  /// Elements of an arena, gaps included.
  [[nodiscard]] std::size_t arena_size() const { return arena_size_; }
  /// In arena order, so sorted by offset.
  [[nodiscard]] const std::vector<TensorRange>& tensors() const { return tensors_; }
  /// The layer's part of arenas of `arena_size` elements: weights from one, biases from another.
  [[nodiscard]] Layer::Parameters parameters(std::size_t layer, const ConstArray& weights,
                                             DeviceSpan<const float> biases) const;
  [[nodiscard]] Layer::Gradients gradients(std::size_t layer, DeviceSpan<float> arena) const;
  /// Index in `tensors` of the last tensor that is ready when this layer's gradients are; meaningful if it has any.
  [[nodiscard]] std::size_t last_tensor(std::size_t layer) const { return places_[layer].last_tensor; }
  [[nodiscard]] bool has_parameters(std::size_t layer) const { return layers_[layer]->weight_count() > 0; }
  /// One sample, forward and backward.
  [[nodiscard]] Flops step_flops() const;
  /// Uniform in ±1/sqrt(fan_in), as PyTorch's Linear and Conv2d start; a pure function of the seed.
  void initialise(const Executor& on, DeviceSpan<float> arena, std::uint64_t seed) const;

 private:
  struct Place {
    std::size_t bias_offset = 0;
    std::size_t weight_offset = 0;
    std::size_t last_tensor = 0;
  };
  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<Place> places_;
  std::vector<TensorRange> tensors_;
  std::size_t parameter_count_ = 0;
  std::size_t arena_size_ = 0;
};

/// A network a user can ask for by name; each one's file registers it.
struct Model {
  std::string_view name;
  std::string_view shape_help;   ///< how `shape` is written
  std::string_view full_shape;   ///< the published comparison's
  std::string_view small_shape;  ///< for CPUs
  std::size_t full_batch;        ///< samples per rank
  std::size_t small_batch;
  /// Throws UsageError for a shape that cannot be.
  Network (*build)(std::string_view shape);
};

/// "1024-4096-10" into numbers, all positive. Throws UsageError that names `model` and its help.
std::vector<std::size_t> parse_shape(const Model& model, std::string_view text);

}  // namespace lanemark
