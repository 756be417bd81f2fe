// SPDX-License-Identifier: MIT

#pragma once

#include <cuda.h>

#include <cstdint>

// Compute capability 9.0's own ways of waiting and copying: barriers in shared memory that count arriving threads and
// arriving bytes, the Tensor Memory Accelerator (TMA), and what orders ordinary accesses with the engine's and the
// tensor cores'. Addresses are those of the shared window, 32 bits.

namespace lanemark::hopper {

using SharedAddress = std::uint32_t;

__device__ inline SharedAddress shared_address(const void* pointer) {
  return static_cast<SharedAddress>(__cvta_generic_to_shared(pointer));
}

/// The same place in the shared memory of block `rank` of the cluster.
__device__ inline SharedAddress in_block(SharedAddress address, unsigned rank) {
  SharedAddress there = 0;
  asm("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(there) : "r"(address), "r"(rank));
  return there;
}

__device__ inline unsigned rank_in_cluster() {
  unsigned rank = 0;
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}

/// All threads of all blocks of the cluster.
__device__ inline void synchronize_cluster() {
  asm volatile("barrier.cluster.arrive.release; barrier.cluster.wait.acquire;" ::: "memory");
}

/// Lets the next kernel of the stream, if it was launched so, prepare itself, and waits for what earlier ones wrote.
__device__ inline void wait_for_earlier_kernels() {
  asm volatile("griddepcontrol.launch_dependents; griddepcontrol.wait;" ::: "memory");
}

/// `threads` threads that name the same barrier; 0 is __syncthreads'.
__device__ inline void synchronize(unsigned barrier, unsigned threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(barrier), "r"(threads) : "memory");
}

/// Makes this thread's writes to shared memory visible to TMA and the tensor cores.
__device__ inline void publish_to_engines() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

namespace barrier {

__device__ inline void initialise(SharedAddress barrier, unsigned arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}
__device__ inline void publish_initialised() {
  asm volatile("fence.mbarrier_init.release.cluster; fence.proxy.async.shared::cta;" ::: "memory");
}
/// Arrives, and makes the phase wait for that many bytes too.
__device__ inline void expect(SharedAddress barrier, unsigned bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}
/// `barrier` may be another block's.
__device__ inline void arrive(SharedAddress barrier) {
  asm volatile("mbarrier.arrive.shared::cluster.b64 _, [%0];" ::"r"(barrier) : "memory");
}
/// Until the phase of that parity is over.
__device__ inline void wait(SharedAddress barrier, unsigned parity) {
  asm volatile(
      "{ .reg .pred done;\n"
      "again: mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
      "@done bra over;\n"
      "bra again;\n"
      "over: }" ::"r"(barrier),
      "r"(parity)
      : "memory");
}

}  // namespace barrier

namespace copy {

/// One box of a tensor to shared memory; its bytes arrive at `barrier`. A mask of blocks sends it to all of them.
__device__ inline void load(SharedAddress to, const CUtensorMap& map, SharedAddress barrier, int x, int y) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4}], [%2];" ::"r"(
          to),
      "l"(&map), "r"(barrier), "r"(x), "r"(y)
      : "memory");
}
__device__ inline void load(SharedAddress to, const CUtensorMap& map, SharedAddress barrier, int x, int y,
                            std::uint16_t blocks) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [%0], "
      "[%1, {%3, %4}], [%2], %5;" ::"r"(to),
      "l"(&map), "r"(barrier), "r"(x), "r"(y), "h"(blocks)
      : "memory");
}
__device__ inline void load(SharedAddress to, const CUtensorMap& map, SharedAddress barrier, int x, int y, int z) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, %5}], [%2];" ::
          "r"(to),
      "l"(&map), "r"(barrier), "r"(x), "r"(y), "r"(z)
      : "memory");
}
__device__ inline void load(SharedAddress to, const CUtensorMap& map, SharedAddress barrier, int x, int y, int z,
                            int w) {
  asm volatile(
      "cp.async.bulk.tensor.4d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, %5, %6}], "
      "[%2];" ::"r"(to),
      "l"(&map), "r"(barrier), "r"(x), "r"(y), "r"(z), "r"(w)
      : "memory");
}
/// A column of pixels of an image tensor, each at the filter's place (right, down) from its base pixel.
__device__ inline void load_patches(SharedAddress to, const CUtensorMap& map, SharedAddress barrier, int channel, int w,
                                    int h, int image, std::uint16_t right, std::uint16_t down) {
  asm volatile(
      "cp.async.bulk.tensor.4d.shared::cluster.global.im2col.mbarrier::complete_tx::bytes [%0], "
      "[%1, {%3, %4, %5, %6}], [%2], {%7, %8};" ::"r"(to),
      "l"(&map), "r"(barrier), "r"(channel), "r"(w), "r"(h), "r"(image), "h"(right), "h"(down)
      : "memory");
}
/// One box from shared memory to a tensor; what lies outside is dropped.
__device__ inline void store(const CUtensorMap& map, SharedAddress from, int x, int y, int z, int w) {
  asm volatile("cp.async.bulk.tensor.4d.global.shared::cta.bulk_group [%0, {%2, %3, %4, %5}], [%1];" ::"l"(&map),
               "r"(from), "r"(x), "r"(y), "r"(z), "r"(w)
               : "memory");
  asm volatile("cp.async.bulk.commit_group;" ::: "memory");
}
/// Until all but the thread's latest `left` stores have read shared memory.
template <int left>
__device__ inline void wait_until_read() {
  asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(left) : "memory");
}
template <int left>
__device__ inline void wait_until_written() {
  asm volatile("cp.async.bulk.wait_group %0;" ::"n"(left) : "memory");
}

}  // namespace copy

namespace wgmma {

/// Before the first instruction that uses registers others have written.
__device__ inline void fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ inline void commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int left>
__device__ inline void wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(left) : "memory");
}

/// What tells the tensor cores where an operand lies: rows of 128 bytes, swizzled, eight to a group; groups lie
/// `group_apart` bytes apart, and, for an operand along its outer index, blocks of 128 bytes of it `block_apart`.
__device__ inline std::uint64_t describe(SharedAddress address, unsigned group_apart, unsigned block_apart) {
  constexpr std::uint64_t swizzled_128 = 1ULL << 62U;
  const auto field = [](unsigned bytes) { return static_cast<std::uint64_t>((bytes & 0x3ffffU) >> 4U); };
  return swizzled_128 | field(group_apart) << 32U | field(block_apart) << 16U | field(address);
}

}  // namespace wgmma

template <unsigned registers>
__device__ inline void give_up_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(registers));
}
template <unsigned registers>
__device__ inline void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(registers));
}

}  // namespace lanemark::hopper
