// SPDX-License-Identifier: MIT

#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "kernels/core/half.hpp"

// The instructions of compute capability 8.0 that product.cuh is made of, by their names in the PTX manual. Addresses
// of shared memory are 32 bits wide.

namespace lanemark::ampere {

__device__ inline unsigned shared_address(const void* pointer) {
  return static_cast<unsigned>(__cvta_generic_to_shared(pointer));
}

/// Copies `bytes`, 4 or 16, in the background.
template <unsigned bytes>
__device__ void copy_async([[maybe_unused]] unsigned to, [[maybe_unused]] const void* from) {
#if __CUDA_ARCH__ >= 800
  if constexpr (bytes == 16) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(to), "l"(from) : "memory");
  } else {
    static_assert(bytes == 4);
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" ::"r"(to), "l"(from) : "memory");
  }
#endif
}

/// Zeros at once, 4 or 16 bytes of them.
template <unsigned bytes>
__device__ void store_zeros(unsigned to) {
  if constexpr (bytes == 16) {
    asm volatile("st.shared.v4.u32 [%0], {%1, %1, %1, %1};" ::"r"(to), "r"(0) : "memory");
  } else {
    static_assert(bytes == 4);
    asm volatile("st.shared.u32 [%0], %1;" ::"r"(to), "r"(0) : "memory");
  }
}

/// Ends a group of copies, which may be empty.
__device__ inline void commit_copies() {
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

/// Waits until at most the last `pending` groups of this thread are still under way.
template <unsigned pending>
__device__ void wait_for_copies() {
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
#endif
}

/// Four matrices of 8 rows of 16 bytes; lane 8 i + j has the address of row j of matrix i.
template <bool transposed>
__device__ void load_matrices([[maybe_unused]] unsigned (&to)[4], [[maybe_unused]] unsigned row) {
#if __CUDA_ARCH__ >= 800
  if constexpr (transposed) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(row)
                 : "memory");
  } else {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(row)
                 : "memory");
  }
#endif
}

__device__ inline unsigned load_word(unsigned from) {
  unsigned word = 0;
  asm volatile("ld.shared.u32 %0, [%1];" : "=r"(word) : "r"(from) : "memory");
  return word;
}

/// c[16, 8] += a[16, 32 bytes] · b[32 bytes, 8], summed in float; of a float operand the last 13 bits do not count.
template <class Element>
__device__ void multiply_add([[maybe_unused]] float (&c)[4], [[maybe_unused]] const unsigned (&a)[4],
                             [[maybe_unused]] unsigned b_low, [[maybe_unused]] unsigned b_high) {
#if __CUDA_ARCH__ >= 800
  if constexpr (sizeof(Element) == 2) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b_low), "r"(b_high));
  } else {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b_low), "r"(b_high));
  }
#endif
}

}  // namespace lanemark::ampere
