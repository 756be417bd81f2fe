// SPDX-License-Identifier: MIT

#include "bench/training/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "bench/text/shown.hpp"
#include "kernels/operations.hpp"

namespace lanemark {

Network::Network(std::vector<std::unique_ptr<Layer>> layers) : layers_{std::move(layers)}, places_(layers_.size()) {
  if (layers_.back()->has_relu()) throw Error("the last layer has a ReLU, whose gradient no later layer applies");
  constexpr std::size_t alignment = 8;  // elements: 16 bytes of bfloat16
  for (std::size_t i = layers_.size(); i-- > 0;) {
    if (!has_parameters(i)) continue;
    const auto append = [this](std::size_t count) {
      tensors_.push_back({.offset = arena_size_, .count = count});
      parameter_count_ += count;
      arena_size_ += (count + alignment - 1) / alignment * alignment;
      return tensors_.back().offset;
    };
    places_[i].bias_offset = append(layers_[i]->bias_count());
    places_[i].weight_offset = append(layers_[i]->weight_count());
    places_[i].last_tensor = tensors_.size() - 1;
  }
}

Layer::Parameters Network::parameters(std::size_t layer, const ConstArray& weights,
                                      DeviceSpan<const float> biases) const {
  if (!has_parameters(layer)) return {};
  return {.weight = weights.subspan(places_[layer].weight_offset, layers_[layer]->weight_count()),
          .bias = biases.subspan(places_[layer].bias_offset, layers_[layer]->bias_count())};
}

Layer::Gradients Network::gradients(std::size_t layer, DeviceSpan<float> arena) const {
  if (!has_parameters(layer)) return {};
  return {.weight = arena.subspan(places_[layer].weight_offset, layers_[layer]->weight_count()),
          .bias = arena.subspan(places_[layer].bias_offset, layers_[layer]->bias_count())};
}

bool Network::has_library(DeviceKind kind) const {
  return std::ranges::all_of(layers_, [kind](const auto& layer) { return layer->has_library(kind); });
}

Flops Network::step_flops() const {
  Flops total;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const double forward = layers_[i]->forward_flops().value;
    // The backward pass costs the same twice; the first layer needs no data gradient.
    total = total + Flops{forward * (i == 0 ? 2 : 3)};
  }
  return total;
}

void Network::initialise(const Executor& on, DeviceSpan<float> arena, std::uint64_t seed) const {
  on.stream.fill(arena.data(), std::byte{0}, arena.bytes());
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (!has_parameters(i)) continue;
    const Layer::Gradients part = gradients(i, arena);
    const float bound = 1.0F / std::sqrt(static_cast<float>(layers_[i]->fan_in()));
    fill_uniform(on, {.values = part.weight, .seed = seed + 2 * i, .low = -bound, .high = bound});
    fill_uniform(on, {.values = part.bias, .seed = seed + 2 * i + 1, .low = -bound, .high = bound});
  }
}

std::vector<std::size_t> parse_shape(const Model& model, std::string_view text) {
  std::vector<std::size_t> numbers;
  std::string_view rest = text;
  constexpr std::size_t largest = std::size_t{1} << 24U;
  while (true) {
    std::size_t number = 0;
    const auto [end, status] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    const auto used = static_cast<std::size_t>(end - rest.data());
    const bool separated = used == rest.size() || (rest[used] == '-' && used + 1 < rest.size());
    if (status != std::errc{} || rest.front() == '0' || number > largest || !separated) {
      throw UsageError(fmt::format("shape {} of model {}: write {}, e.g. {}", in_quotes(text), model.name,
                                   model.shape_help, model.small_shape));
    }
    numbers.push_back(number);
    if (used == rest.size()) return numbers;
    rest.remove_prefix(used + 1);
  }
}

}  // namespace lanemark
