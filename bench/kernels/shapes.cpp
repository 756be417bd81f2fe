// SPDX-License-Identifier: MIT

#include "bench/kernels/shapes.hpp"

#include <fmt/format.h>

#include <random>

namespace lanemark {
namespace {

std::string random_shape(KernelFamily family, bool host, std::mt19937_64& engine) {
  const auto eights = [&](std::size_t most) { return 8 * (1 + engine() % (most / 8)); };
  // One after the other: the order in which a function's arguments are worked out is the compiler's choice.
  if (family == KernelFamily::linear) {
    const std::size_t most = host ? 256 : 4096;
    const std::size_t rows = eights(most);
    const std::size_t inputs = eights(most);
    return fmt::format("{}x{}x{}", rows, inputs, eights(most));
  }
  const std::size_t images = 1 + engine() % (host ? 4 : 128);
  const std::size_t edge = 4 + engine() % (host ? 8 : 60);
  const std::size_t inputs = eights(host ? 32 : 256);
  return fmt::format("{}x{}x{}x{}x{}", images, edge, edge, inputs, eights(host ? 32 : 256));
}

}  // namespace

std::vector<std::string> usual_shapes(KernelFamily family, bool host) {
  switch (family) {
    case KernelFamily::linear:
      if (host) return {"64x256x256"};
      return {"512x4096x4096", "4096x4096x4096", "512x4096x1000"};
    case KernelFamily::convolution:
      if (host) return {"4x16x16x16x16"};
      return {"512x32x32x64x64", "512x16x16x128x128", "512x8x8x256x256", "512x32x32x3x64"};
    case KernelFamily::elements:
      if (host) return {"1048576"};
      return {"16777216", "67108864"};
    case KernelFamily::rows:
      if (host) return {"256x1000"};
      return {"16384x1000", "2048x32000"};
    case KernelFamily::images: break;
  }
  if (host) return {"4x32x32x16"};
  return {"512x32x32x64"};
}

std::vector<std::string> random_shapes(KernelFamily family, bool host, std::uint64_t count, std::uint64_t seed) {
  std::vector<std::string> shapes;
  if (family != KernelFamily::linear && family != KernelFamily::convolution) return shapes;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::seed_seq place{seed, seed >> 32U, i};
    std::mt19937_64 engine{place};
    shapes.push_back(random_shape(family, host, engine));
  }
  return shapes;
}

}  // namespace lanemark
