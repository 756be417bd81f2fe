// SPDX-License-Identifier: MIT

#include "kernels/core/refusal.hpp"

#include <fmt/format.h>

#include <atomic>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

constinit std::atomic<std::uint64_t> made = 0;
constinit std::atomic<std::uint64_t> first_refused = 0;
constinit std::atomic<std::uint64_t> refused_count = 0;

}  // namespace

void refuse_requests(std::uint64_t first, std::uint64_t count) {
  first_refused = first;
  refused_count = count;
  made = 0;
}

std::uint64_t requests_made() { return made; }

void request_memory(Device device, Bytes size) {
  const std::uint64_t number = made.fetch_add(1) + 1;
  const std::uint64_t first = first_refused;
  if (first == 0 || number < first || number - first >= refused_count) return;
  throw OutOfMemory(fmt::format("{} memory: {} bytes refused by a test", name(device.kind), size.value));
}

}  // namespace lanemark
