// SPDX-License-Identifier: MIT

#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include "kernels/core/event.hpp"
#include "kernels/cuda/check.hpp"
#include "kernels/cuda/stream.hpp"

namespace lanemark {

/// Of several ways to do the same, keeps the fastest, found by `run`ning each a few times on the stream, which is
/// waited for. While the stream is captured nothing can run: the first stays the first, and all are kept.
template <class Way, class Run>
void keep_fastest(StreamRef stream, std::vector<Way>& ways, Run&& run) {
  cudaStreamCaptureStatus capture = cudaStreamCaptureStatusNone;
  check(cudaStreamIsCapturing(native_stream(stream), &capture));
  if (ways.size() < 2 || capture != cudaStreamCaptureStatusNone) return;
  constexpr int repetitions = 5;
  const Event start{stream.device()};
  const Event end{stream.device()};
  std::size_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < ways.size(); ++i) {
    run(ways[i]);
    stream.record(start);
    for (int j = 0; j < repetitions; ++j) run(ways[i]);
    stream.record(end);
    stream.synchronize();
    const double taken = elapsed(start, end).count();
    if (taken < least) {
      least = taken;
      best = i;
    }
  }
  ways = {ways[best]};
}

}  // namespace lanemark
