// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "bench/training/network.hpp"
#include "collectives/gradient_sync/gradient_sync.hpp"
#include "kernels/core/buffer.hpp"
#include "kernels/core/precision.hpp"

namespace lanemark {

/// Writes batch.output_gradients, not divided by the batch, and whatever it keeps of the loss.
using LossFunction = std::function<void(const Executor&, const Batch&)>;

struct StepOptions {
  Compute compute = Compute::hand;
  Precision precision = Precision::fp32;
  float learning_rate = 1e-3F;
  float momentum = 0.9F;
  std::uint64_t seed = 1;
  /// Of the whole batch's samples, the first that rank 0 takes; the others follow.
  std::size_t first_sample = 0;
  SyncOptions sync{};
  LossFunction loss{};  ///< softmax cross-entropy where empty
};

/// Device memory of a step over `samples`, and of `gathered` samples at a root.
Bytes step_memory(const Network& network, Precision precision, std::size_t samples, std::size_t gathered);

/// Samples of each rank: `total` shared out so that no two differ by more than one, the first ranks taking more.
std::vector<std::size_t> share_samples(std::size_t total, int ranks);

/// One rank of data-parallel training: forward, loss, backward and momentum SGD over its share of a synthetic batch,
/// gradients synchronised by a strategy. All memory is taken on construction, which talks to nobody and throws
/// OutOfMemory; a step neither allocates nor synchronises with the host, so that it can be captured in a graph whole.
/// Call `reset` before the first step.
class TrainingStep {
 public:
  /// `communicator`'s ranks take `samples_of_rank`; the network and the strategy's record outlive this.
  TrainingStep(const Network& network, const SyncStrategy& strategy, Communicator& communicator,
               std::vector<std::size_t> samples_of_rank, StepOptions options);

  [[nodiscard]] StreamRef stream() const { return compute_; }
  /// Has the strategy talk over `communicator`, of as many ranks, from now on. Takes no device memory. Waits.
  void communicate_over(Communicator& communicator);
  /// One step that talks to nobody, so that what kernels, and `communicator` that steps will talk over, take when they
  /// are first used is taken. Local. Throws OutOfMemory or std::bad_alloc, after which the step is of no more use.
  void rehearse_for(Communicator& communicator);
  /// Parameters to their first values, momentum to zero, all ranks alike; collective, waits.
  void reset();
  /// Enqueues one step. `mark` is called at the end of each phase, on the compute stream's order.
  void run(const PhaseMark& mark = [](std::string_view) {});
  void set_learning_rate(float rate) { options_.learning_rate = rate; }
  /// After the last step: every rank holds the current parameters; waits for all streams.
  void finish();

  /// What the strategy sees; the spans are the step's own memory.
  [[nodiscard]] Replica replica();
  [[nodiscard]] DeviceSpan<float> parameters() const { return parameters_; }
  [[nodiscard]] DeviceSpan<float> gradients() const { return gradients_; }

 private:
  [[nodiscard]] Layer::Activations activations(std::size_t layer) const;
  [[nodiscard]] Layer::Parameters layer_parameters(std::size_t layer) const;
  /// Where the gradient of a layer's output is kept for the layer's backward pass.
  [[nodiscard]] Array gradient_of_output(std::size_t layer) const;
  [[nodiscard]] bool rounds() const { return options_.precision == Precision::bf16; }
  void lay_out();
  void round_parameters();
  void forward();
  void backward();
  void update();
  void fill_inputs();

  const Network& network_;
  const SyncStrategy& strategy_;
  StepOptions options_;
  Device device_;
  int rank_;
  std::vector<std::size_t> samples_of_rank_;
  std::size_t samples_;
  std::size_t total_samples_;

  Stream compute_;
  Stream communication_;
  DeviceBuffer<float> parameters_, gradients_, momentum_;
  DeviceBuffer<BFloat16> rounded_parameters_;  ///< what layers see, in bfloat16; else empty
  DeviceBuffer<float> inputs_, logits_, dlogits_;
  /// One piece of memory for everything else that a step makes and uses up.
  DeviceBuffer<std::byte> arena_;
  Array layer_inputs_;                       ///< the inputs as the first layer sees them
  std::vector<Array> outputs_;               ///< of each layer
  std::vector<Array> gradients_of_outputs_;  ///< two, used in turn by neighbouring layers
  DeviceBuffer<std::int32_t> labels_;
  DeviceBuffer<float> loss_;
  DeviceBuffer<float> global_inputs_, global_outputs_, global_output_gradients_;
  DeviceBuffer<std::int32_t> global_labels_;
  std::unique_ptr<GradientSync> sync_;
};

}  // namespace lanemark
