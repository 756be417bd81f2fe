// SPDX-License-Identifier: MIT

#pragma once

#include <memory>

#include "kernels/core/stream.hpp"

namespace lanemark {

/// A stream's work as a CUDA graph, or on the host as a list: enqueued at once, launch after launch, at the cost of
/// one call. It may outlive the stream and what the work uses, once it is no longer launched; work that was launched
/// holds all it needs but device memory, which waits for it.
class Graph {
 public:
  /// Calls `work()`; what it enqueues on `stream` is recorded and does not run. It must neither synchronise nor
  /// allocate. What it throws comes out, and nothing stays recorded.
  template <class Work>
  Graph(StreamRef stream, Work&& work) {
    stream.body().begin_capture();
    try {
      work();
    } catch (...) {
      abandon(stream.body());
      throw;
    }
    body_ = stream.body().end_capture();
  }

  /// Enqueues everything once.
  void launch() const { body_->launch(); }

 private:
  /// The capture may be spoilt by what was thrown; only that it ends matters.
  static void abandon(StreamBody& stream) noexcept;

  std::unique_ptr<GraphBody> body_;
};

}  // namespace lanemark
