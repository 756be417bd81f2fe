// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include "bench/text/shown.hpp"
#include "bench/training/network.hpp"

namespace lanemark {
namespace {

Network build_conv(std::string_view shape);

/// Stages of two 3x3 convolutions and a 2x2 pool, then two linear layers. The full shape has 5,350,986 parameters:
/// much arithmetic and few gradients, the opposite of mlp.
const Registered<Model> conv{
    {.name = "conv",
     .shape_help = "image edge, image channels, the channels of each stage (the edge halves after each), hidden "
                   "width, classes",
     .full_shape = "32-3-64-128-256-1024-10",
     .small_shape = "16-3-16-32-64-10",
     .full_batch = 512,
     .small_batch = 16,
     .build = build_conv}};

Network build_conv(std::string_view shape) {
  const std::vector<std::size_t> numbers = parse_shape(conv, shape);
  const auto refuse = [&](std::string_view cause) {
    throw UsageError(fmt::format("shape {} of model conv: {}; write {}", in_quotes(shape), cause, conv.shape_help));
  };
  constexpr std::size_t around_stages = 4;
  if (numbers.size() <= around_stages) refuse("too few numbers");
  std::size_t edge = numbers[0];
  std::size_t channels = numbers[1];
  std::vector<std::unique_ptr<Layer>> layers;
  for (std::size_t i = 2; i + 2 < numbers.size(); ++i) {
    if (edge % 2 != 0) refuse("the edge cannot be halved that often");
    layers.push_back(make_convolution(edge, channels, numbers[i], true));
    layers.push_back(make_convolution(edge, numbers[i], numbers[i], true));
    layers.push_back(make_max_pool(edge, numbers[i]));
    channels = numbers[i];
    edge /= 2;
  }
  const std::size_t hidden = numbers[numbers.size() - 2];
  layers.push_back(make_linear(edge * edge * channels, hidden, true));
  layers.push_back(make_linear(hidden, numbers.back(), false));
  return Network{std::move(layers)};
}

}  // namespace
}  // namespace lanemark
