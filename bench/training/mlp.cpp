// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include "bench/text/shown.hpp"
#include "bench/training/network.hpp"

namespace lanemark {
namespace {

Network build_mlp(std::string_view shape);

/// The full shape has 75,420,648 parameters: most of a step is large GEMMs, and 288 MiB of gradients to exchange.
const Registered<Model> mlp{{.name = "mlp",
                             .shape_help = "the widths from input to classes",
                             .full_shape = "1024-4096-4096-4096-4096-4096-1000",
                             .small_shape = "256-512-512-512-10",
                             .full_batch = 512,
                             .small_batch = 64,
                             .build = build_mlp}};

Network build_mlp(std::string_view shape) {
  const std::vector<std::size_t> widths = parse_shape(mlp, shape);
  if (widths.size() < 2)
    throw UsageError(fmt::format("shape {} of model mlp: at least two widths, {}", in_quotes(shape), mlp.shape_help));
  std::vector<std::unique_ptr<Layer>> layers;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    layers.push_back(make_linear(widths[i], widths[i + 1], i + 2 < widths.size()));
  }
  return Network{std::move(layers)};
}

}  // namespace
}  // namespace lanemark
