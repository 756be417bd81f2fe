// SPDX-License-Identifier: MIT

#include "bench/machine/ranges.hpp"

#include <algorithm>
#include <future>
#include <vector>

#include "kernels/host/threads.hpp"

namespace lanemark {

void for_ranges(std::size_t count, const std::function<void(std::size_t first, std::size_t last)>& work) {
  // Beyond so many, memory is the limit of what is done here.
  constexpr std::size_t most = 32;
  const std::size_t ranges = std::clamp<std::size_t>(static_cast<std::size_t>(allowed_processors()), 1,
                                                     std::max<std::size_t>(1, std::min(most, count)));
  std::vector<std::future<void>> others;
  for (std::size_t i = 1; i < ranges; ++i) {
    others.push_back(std::async(std::launch::async, [&, i] { work(count * i / ranges, count * (i + 1) / ranges); }));
  }
  work(0, count / ranges);
  for (std::future<void>& other : others) other.get();
}

}  // namespace lanemark
