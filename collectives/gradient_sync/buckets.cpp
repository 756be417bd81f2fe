// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include <algorithm>

#include "collectives/gradient_sync/gradient_sync.hpp"

namespace lanemark {

std::vector<Bucket> assign_buckets(std::span<const TensorRange> tensors, std::span<const Bytes> caps,
                                   Bytes element_size) {
  if (caps.empty()) throw UsageError("no gradient bucket cap; give at least one, e.g. 1MiB,25MiB");
  std::vector<Bucket> buckets;
  bool open = false;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (!open) buckets.push_back({.first_tensor = i, .last_tensor = i, .offset = tensors[i].offset, .count = 0});
    Bucket& bucket = buckets.back();
    bucket.last_tensor = i;
    bucket.count = tensors[i].offset + tensors[i].count - bucket.offset;
    open = element_size * bucket.count < caps[std::min(buckets.size(), caps.size()) - 1];
  }
  return buckets;
}

}  // namespace lanemark
