#include "kernels/cuda/gemm.cuh"

namespace lanemark::gemm {
namespace {

constexpr unsigned blocks_wanted = 264;  // two on each multiprocessor of a large GPU
constexpr unsigned least_piece = 256;    // of the depth, so that writing and adding the pieces stays cheap

unsigned ceiling(std::size_t a, std::size_t b) { return static_cast<unsigned>((a + b - 1) / b); }

/// Into how many pieces to cut the depth for `tiles` tiles.
unsigned pieces_for(std::size_t tiles, std::size_t blocks, unsigned m, unsigned n, unsigned depth) {
  const std::size_t fit = workspace_size.value / sizeof(float) / (std::size_t{m} * n);
  const std::size_t pieces = std::min({blocks / tiles, std::size_t{depth / least_piece}, fit});
  return static_cast<unsigned>(std::max<std::size_t>(1, pieces));
}

}  // namespace

Plan plan(unsigned m, unsigned n, unsigned depth) {
  const auto cut_into = [&](TileSize tile, std::size_t blocks) {
    const std::size_t tiles = std::size_t{ceiling(m, tile.m)} * ceiling(n, tile.n);
    Plan cut{tile, tiles, pieces_for(tiles, blocks, m, n, depth), 0};
    cut.piece = ceiling(ceiling(depth, cut.pieces), step) * step;
    if (cut.pieces > 1) cut.pieces = ceiling(depth, cut.piece);
    return cut;
  };
  const Plan large = cut_into({m > 64 ? 128U : 64U, m > 64 && n > 64 ? 128U : 64U}, blocks_wanted);
  return large.tiles * large.pieces >= blocks_wanted / 3 ? large : cut_into({64, 64}, blocks_wanted);
}

}  // namespace lanemark::gemm
