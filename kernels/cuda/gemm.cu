#include "kernels/cuda/gemm.cuh"

namespace lanemark::gemm {
namespace {

constexpr unsigned blocks_wanted = 264;  // two on each multiprocessor of a large GPU
constexpr unsigned least_piece = 256;    // of the depth, so that writing and adding the pieces stays cheap

unsigned ceiling(std::size_t a, std::size_t b) { return static_cast<unsigned>((a + b - 1) / b); }

/// Into how many pieces to cut the depth for `tiles` tiles.
unsigned pieces_for(std::size_t tiles, unsigned m, unsigned n, unsigned depth) {
  const std::size_t fit = workspace_size.value / sizeof(float) / (std::size_t{m} * n);
  const std::size_t pieces = std::min({blocks_wanted / tiles, std::size_t{depth / least_piece}, fit});
  return static_cast<unsigned>(std::max<std::size_t>(1, pieces));
}

__global__ void __launch_bounds__(threads_per_block) add(const float* partial, unsigned pieces, Product product) {
  const unsigned size = product.m * product.n;  // fits: the pieces lie in the workspace
  const auto step_to_next = static_cast<unsigned>(item_step());
  for (auto i = static_cast<unsigned>(first_item()); i < size; i += step_to_next) {
    float sum = 0;
    for (unsigned piece = 0; piece < pieces; ++piece) sum += partial[std::size_t{piece} * size + i];
    product.c[i] = product.epilogue(sum, i % product.n);
  }
}

}  // namespace

void add_pieces(StreamRef stream, const float* partial, unsigned pieces, const Product& product) {
  Launch{stream, blocks_for(std::size_t{product.m} * product.n)}(add, partial, pieces, product);
}

Plan plan(unsigned m, unsigned n, unsigned depth) {
  const auto tiles = [&](unsigned tile_m, unsigned tile_n) {
    return std::size_t{ceiling(m, tile_m)} * ceiling(n, tile_n);
  };
  Plan cut{n > 64 && m > 64, m > 64, 1, 0};
  const auto count = [&] { return tiles(cut.tall ? 128 : 64, cut.wide ? 128 : 64); };
  cut.pieces = pieces_for(count(), m, n, depth);
  if (count() * cut.pieces < blocks_wanted / 3) {
    cut.wide = cut.tall = false;
    cut.pieces = pieces_for(count(), m, n, depth);
  }
  cut.piece = ceiling(ceiling(depth, cut.pieces), step) * step;
  if (cut.pieces > 1) cut.pieces = ceiling(depth, cut.piece);
  return cut;
}

}  // namespace lanemark::gemm
