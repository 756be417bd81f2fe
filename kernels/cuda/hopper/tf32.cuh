// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/cuda/hopper/shape.cuh"

// The tensor cores read tf32 operands along the depth only. What lies across it goes another way: A through registers,
// B turned in shared memory by warps that stand by.

namespace lanemark::hopper {

/// A float as it is: the tensor cores cut it off to tf32. Rounding it first halves the error, but the conversion's unit
/// is a slow one.
__device__ inline std::uint32_t read(SharedAddress at) {
  std::uint32_t bits = 0;
  asm volatile("ld.shared.b32 %0, [%1];" : "=r"(bits) : "r"(at));
  return bits;
}

/// Where element (depth k, column of a block of 32) of an operand along its outer index lies in the block.
__device__ inline unsigned place_in_block(unsigned k, unsigned column) {
  return k * row_bytes + (((column / 4) ^ (k % 8)) * 16) + column % 4 * 4;
}

/// Four floats with their neighbours' places turned on by `by`, without indexing registers by what is known at run time
/// only.
__device__ inline void rotate(std::uint32_t (&four)[4], unsigned by) {
  const std::uint32_t once[4] = {four[1], four[2], four[3], four[0]};
#pragma unroll
  for (unsigned i = 0; i < 4; ++i) four[i] = by % 2 == 1 ? once[i] : four[i];
  const std::uint32_t twice[4] = {four[2], four[3], four[0], four[1]};
#pragma unroll
  for (unsigned i = 0; i < 4; ++i) four[i] = by / 2 == 1 ? twice[i] : four[i];
}

/// A warp turns 16 depths, from the quarter `first_four` of a slice's 8 fours on, of a block of 32 columns. Each lane
/// reads four times 4 columns and writes four times 4 depths; lanes begin with different columns, so that no two meet
/// in a bank.
__device__ inline void turn_block(SharedAddress from, SharedAddress to, unsigned first_four, unsigned lane) {
  const unsigned chunk = lane % 8;
  const unsigned four = first_four + lane / 8;
  const unsigned shift = chunk / 2;
  std::uint32_t values[4][4];
#pragma unroll
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned k = 4 * four + i;
    asm volatile("ld.shared.v4.b32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(values[i][0]), "=r"(values[i][1]), "=r"(values[i][2]), "=r"(values[i][3])
                 : "r"(from + k * row_bytes + ((chunk ^ (k % 8)) * 16)));
  }
#pragma unroll
  for (unsigned i = 0; i < 4; ++i) rotate(values[i], shift);
#pragma unroll
  for (unsigned j = 0; j < 4; ++j) {
    const unsigned column = 4 * chunk + (j + shift) % 4;
    asm volatile(
        "st.shared.v4.b32 [%0], {%1, %2, %3, %4};" ::"r"(to + column * row_bytes + ((four ^ (column % 8)) * 16)),
        "r"(values[0][j]), "r"(values[1][j]), "r"(values[2][j]), "r"(values[3][j])
        : "memory");
  }
}

/// Turns the slices of B, 32 deep and lying along n, so that they lie along the depth. Of the warps that do it, this is
/// number `warp`.
template <class Shape>
__device__ void turn_tile(const Layout<Shape>& layout, const Work& work, unsigned warp, unsigned lane,
                          Turn<Shape>& turn) {
  constexpr unsigned parts = Shape::tile_n / 32 * 2;
  for (unsigned slice = work.begin; slice < work.end; ++slice) {
    const SharedAddress from = layout.b(turn.stage);
    const SharedAddress to = layout.turned + turn.turned.stage * Shape::turned_bytes;
    barrier::wait(layout.full + 8 * turn.stage, turn.phase);
    barrier::wait(layout.turned_empty + 8 * turn.turned.stage, turn.turned.phase ^ 1U);
    for (unsigned part = warp; part < parts; part += Shape::turners) {
      turn_block(from + part / 2 * Shape::SlicesB::block_bytes, to + part / 2 * (32 * row_bytes), part % 2 * 4, lane);
    }
    publish_to_engines();
    __syncwarp();
    if (lane == 0) {
      barrier::arrive(layout.turned_full + 8 * turn.turned.stage);
      barrier::arrive(layout.empty + 8 * turn.stage);
    }
    turn.advance();
    turn.turned.advance();
  }
}

/// A's part of a stage's instructions from blocks of 32 columns along the outer index: element (depth k,
/// outer r) of a block lies in row k, its 16-byte chunk r / 4 exchanged with chunk (r / 4) ^ (k % 8).
struct RegistersOfA {
  std::uint32_t of_step[4][4];

  RegistersOfA() = default;
  __device__ RegistersOfA(SharedAddress a, unsigned group, unsigned thread) {
    const unsigned lane = thread % 32;
    const unsigned outer = group * 64 + thread / 32 * 16 + lane / 4;
    const unsigned k = lane % 4;
    const SharedAddress block = a + outer / 32 * (32 * row_bytes);
    // Odd lanes read the second of their two depths first: no two lanes then meet in a bank.
    const unsigned odd = k & 1U;
#pragma unroll
    for (unsigned step = 0; step < 4; ++step) {
#pragma unroll
      for (unsigned high = 0; high < 2; ++high) {
        const unsigned column = outer % 32 + 8 * high;
        const std::uint32_t first = read(block + place_in_block(8 * step + k + 4 * odd, column));
        const std::uint32_t second = read(block + place_in_block(8 * step + k + 4 * (odd ^ 1U), column));
        of_step[step][high] = odd ? second : first;
        of_step[step][high + 2] = odd ? first : second;
      }
    }
  }

  /// The instructions read registers after they were issued, which the compiler does not know: keeps it from giving
  /// them to others before this.
  __device__ void keep() const {
#pragma unroll
    for (unsigned step = 0; step < 4; ++step) {
      asm volatile("" ::"r"(of_step[step][0]), "r"(of_step[step][1]), "r"(of_step[step][2]), "r"(of_step[step][3]));
    }
  }
};

}  // namespace lanemark::hopper
