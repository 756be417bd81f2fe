#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "bench/training/network.hpp"
#include "collectives/gradient_sync/gradient_sync.hpp"
#include "kernels/core/buffer.hpp"

namespace lanemark {

/// Writes batch.output_gradients, not divided by the batch, and whatever it keeps of the loss.
using LossFunction = std::function<void(const Executor&, const Batch&)>;

struct StepOptions {
  Compute compute = Compute::hand;
  float learning_rate = 1e-3F;
  float momentum = 0.9F;
  std::uint64_t seed = 1;
  /// Of the whole batch's samples, the first that rank 0 takes; the others follow.
  std::size_t first_sample = 0;
  SyncOptions sync{};
  LossFunction loss{};  ///< softmax cross-entropy where empty
};

/// Samples of each rank: `total` shared out so that no two differ by more than one, the first ranks taking more.
std::vector<std::size_t> share_samples(std::size_t total, int ranks);

/// One rank of data-parallel training: forward, loss, backward and momentum SGD over its share of a synthetic batch,
/// gradients synchronised by a strategy. All memory is taken on construction, which talks to nobody and throws
/// OutOfMemory; a step neither allocates nor synchronises with the host. Call `reset` before the first step.
class TrainingStep {
 public:
  /// `communicator`'s ranks take `samples_of_rank`; the network and the strategy's record outlive this.
  TrainingStep(const Network& network, const SyncStrategy& strategy, Communicator& communicator,
               std::vector<std::size_t> samples_of_rank, StepOptions options);

  [[nodiscard]] StreamRef stream() const { return compute_; }
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
  [[nodiscard]] DeviceSpan<float> gradient_of_output(std::size_t layer) const;
  void forward();
  void backward();
  void update();
  void fill_inputs();

  const Network& network_;
  StepOptions options_;
  Device device_;
  int rank_;
  std::vector<std::size_t> samples_of_rank_;
  std::size_t samples_;
  std::size_t total_samples_;

  Stream compute_;
  Stream communication_;
  DeviceBuffer<float> parameters_, gradients_, momentum_;
  DeviceBuffer<float> inputs_;
  std::vector<DeviceBuffer<float>> outputs_;           ///< of each layer
  std::vector<DeviceBuffer<float>> output_gradients_;  ///< two, used in turn by neighbouring layers
  DeviceBuffer<std::int32_t> labels_;
  DeviceBuffer<float> loss_;
  DeviceBuffer<float> global_inputs_, global_outputs_, global_output_gradients_;
  DeviceBuffer<std::int32_t> global_labels_;
  std::unique_ptr<GradientSync> sync_;
};

}  // namespace lanemark
