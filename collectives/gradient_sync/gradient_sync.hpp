// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "collectives/core/communicator.hpp"
#include "kernels/core/event.hpp"
#include "kernels/core/span.hpp"
#include "kernels/core/stream.hpp"

namespace lanemark {

/// Samples and what a step computes from them, row after row in device memory.
struct Batch {
  std::size_t samples = 0;
  std::size_t input_size = 0;  ///< floats per sample
  std::size_t classes = 0;     ///< outputs per sample
  DeviceSpan<float> inputs;
  DeviceSpan<std::int32_t> labels;
  DeviceSpan<float> outputs;
  DeviceSpan<float> output_gradients;
};

/// A parameter tensor's place in the gradient arena.
struct TensorRange {
  std::size_t offset;  ///< elements
  std::size_t count;
};

/// One rank's share of a training step: what a strategy may move. Gradients lie in the order in which the
/// backward pass finishes them (the last layer's first), so that a bucket is a range of the arena and packing
/// costs nothing; parameters and momentum lie in the same order.
struct Replica {
  DeviceSpan<float> parameters;
  DeviceSpan<float> gradients;
  std::span<const TensorRange> tensors;
  Batch local;
  Batch global;  ///< the whole batch; memory at the root only, and only if the strategy gathers
  std::span<const std::size_t> samples_of_rank;
  StreamRef compute;
  StreamRef communication;
};

/// Called at the end of each named part of a step, with the stream on which it ends.
using PhaseMark = std::function<void(std::string_view phase)>;

/// When and between whom a training step moves data. The step calls the hooks in this order on every rank; each
/// only enqueues. Phases a strategy adds are marked on the compute stream through `mark`.
class GradientSync {
 public:
  GradientSync(Communicator& communicator, const Replica& replica) : communicator_{communicator}, replica_{replica} {}
  GradientSync(const GradientSync&) = delete;
  GradientSync& operator=(const GradientSync&) = delete;
  GradientSync(GradientSync&&) = delete;
  GradientSync& operator=(GradientSync&&) = delete;
  virtual ~GradientSync() = default;

  /// Once, before the first step: all ranks start from the root's parameters.
  virtual void start() = 0;
  virtual void before_forward(const PhaseMark& mark) = 0;
  /// Calls `compute_loss(batch)` on the batch whose outputs this rank turns into output gradients, or not at all.
  virtual void loss(const std::function<void(const Batch&)>& compute_loss, const PhaseMark& mark) = 0;
  /// Gradients of `tensors[0]` to `tensors[index]` are complete on the compute stream; indices only ascend.
  virtual void gradient_ready(std::size_t index) = 0;
  /// After it, on the compute stream, gradients hold the sum over all ranks wherever `updates()`.
  virtual void before_update(const PhaseMark& mark) = 0;
  /// Whether this rank updates its parameters.
  [[nodiscard]] virtual bool updates() const = 0;
  /// Brings all ranks' parameters to the current value after the last step, for checks.
  virtual void finish() = 0;

 protected:
  [[nodiscard]] Communicator& communicator() const { return communicator_; }
  [[nodiscard]] const Replica& replica() const { return replica_; }

 private:
  Communicator& communicator_;
  Replica replica_;
};

struct SyncOptions {
  /// Gradient bucket caps in bytes: the first bucket's, the second's …; the last repeats.
  std::vector<Bytes> bucket_caps{mebibytes(1), mebibytes(25)};
};

/// A strategy; each one's file registers it.
struct SyncStrategy {
  std::string_view name;
  bool gathers_at_root;  ///< needs Replica::global at the root
  bool buckets;          ///< reads SyncOptions::bucket_caps
  std::unique_ptr<GradientSync> (*make)(Communicator&, const Replica&, const SyncOptions&);
};

/// Every rank for itself: what a single rank does, and the reference the others are checked against. Not one a user
/// can choose, as ranks drift apart.
const SyncStrategy& no_sync();

/// Consecutive tensors all-reduced together.
struct Bucket {
  std::size_t first_tensor;
  std::size_t last_tensor;  ///< inclusive; the bucket is complete when this one's gradient is ready
  std::size_t offset;       ///< elements in the gradient arena
  std::size_t count;
};

/// PyTorch's rule (DistributedDataParallel, compute_bucket_assignment_by_size): tensors in order of readiness
/// are appended until the bucket holds at least its cap, then the next cap counts; tensors are never split, so a
/// cap is a floor. Throws UsageError for no caps.
std::vector<Bucket> assign_buckets(std::span<const TensorRange> tensors, std::span<const Bytes> caps,
                                   Bytes element_size);

}  // namespace lanemark
