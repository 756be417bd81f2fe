// SPDX-License-Identifier: MIT

#include "tests/bench/refusal/large_objects.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <malloc.h>
#include <new>

#include "kernels/core/error.hpp"
#include "kernels/core/refusal.hpp"

namespace lanemark::test {
namespace {

constinit std::atomic<bool> watching = false;
constinit std::atomic<std::int64_t> held = 0;
constinit std::atomic<std::int64_t> most = 0;

bool is_large(std::size_t size) { return size >= large_object.value; }

void count(std::int64_t size) {
  const std::int64_t now = held += size;
  std::int64_t before = most;
  while (now > before && !most.compare_exchange_weak(before, now)) {
  }
}

void* take(std::size_t size) {
  if (watching && is_large(size)) {
    try {
      request_memory({}, Bytes{size});
    } catch (const OutOfMemory&) {
      throw std::bad_alloc{};
    }
  }
  void* const memory = std::malloc(std::max<std::size_t>(size, 1));
  if (memory == nullptr) throw std::bad_alloc{};
  const std::size_t got = malloc_usable_size(memory);
  if (is_large(got)) count(static_cast<std::int64_t>(got));
  return memory;
}

void give_back(void* memory) noexcept {
  if (memory == nullptr) return;
  const std::size_t got = malloc_usable_size(memory);
  if (is_large(got)) held -= static_cast<std::int64_t>(got);
  std::free(memory);
}

constinit std::int64_t held_at_first = 0;

}  // namespace

WatchLargeObjects::WatchLargeObjects() {
  held_at_first = held;
  most = held_at_first;
  watching = true;
}
WatchLargeObjects::~WatchLargeObjects() { watching = false; }

Bytes WatchLargeObjects::peak() {
  return Bytes{static_cast<std::uint64_t>(std::max<std::int64_t>(0, most - held_at_first))};
}

}  // namespace lanemark::test

void* operator new(std::size_t size) { return lanemark::test::take(size); }
void* operator new[](std::size_t size) { return lanemark::test::take(size); }
void operator delete(void* memory) noexcept { lanemark::test::give_back(memory); }
void operator delete[](void* memory) noexcept { lanemark::test::give_back(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { lanemark::test::give_back(memory); }
void operator delete[](void* memory, std::size_t /*size*/) noexcept { lanemark::test::give_back(memory); }
