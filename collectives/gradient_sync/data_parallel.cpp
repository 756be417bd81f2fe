// SPDX-License-Identifier: MIT

// The topology of torch.nn.DataParallel: every step the root scatters the inputs and broadcasts the parameters,
// gathers the outputs, works out the loss of the whole batch alone, scatters the outputs' gradients, reduces the
// parameters' gradients to itself and updates alone. Nothing overlaps: each move depends on all before it.

#include "collectives/collectives.hpp"
#include "collectives/gradient_sync/gradient_sync.hpp"

namespace lanemark {
namespace {

class DataParallel final : public GradientSync {
 public:
  DataParallel(Communicator& communicator, const Replica& replica)
      : GradientSync{communicator, replica},
        input_counts_{elements_of_ranks(replica, replica.local.input_size)},
        output_counts_{elements_of_ranks(replica, replica.local.classes)} {}

  void start() override {}

  void before_forward(const PhaseMark& mark) override {
    scatter_rows(replica().global.inputs, replica().local.inputs, input_counts_);
    mark("scatter inputs");
    broadcast_parameters();
    mark("broadcast");
  }

  void loss(const std::function<void(const Batch&)>& compute_loss, const PhaseMark& mark) override {
    communicator().run(gather,
                       {.send = replica().local.outputs.data(),
                        .receive = replica().global.outputs.data(),
                        .count = replica().local.outputs.size(),
                        .counts = output_counts_},
                       replica().compute);
    mark("gather outputs");
    if (updates()) compute_loss(replica().global);
    mark("loss");
    scatter_rows(replica().global.output_gradients, replica().local.output_gradients, output_counts_);
    mark("scatter gradients");
  }

  void gradient_ready(std::size_t /*index*/) override {}

  void before_update(const PhaseMark& mark) override {
    const DeviceSpan<float> gradients = replica().gradients;
    communicator().run(reduce, {.send = gradients.data(), .receive = gradients.data(), .count = gradients.size()},
                       replica().compute);
    mark("reduce");
  }

  [[nodiscard]] bool updates() const override { return communicator().rank() == 0; }
  void finish() override { broadcast_parameters(); }

 private:
  static std::vector<std::size_t> elements_of_ranks(const Replica& replica, std::size_t per_sample) {
    std::vector<std::size_t> counts(replica.samples_of_rank.begin(), replica.samples_of_rank.end());
    for (std::size_t& count : counts) count *= per_sample;
    return counts;
  }

  void scatter_rows(DeviceSpan<float> from, DeviceSpan<float> to, std::span<const std::size_t> counts) {
    communicator().run(scatter, {.send = from.data(), .receive = to.data(), .count = to.size(), .counts = counts},
                       replica().compute);
  }

  void broadcast_parameters() {
    const DeviceSpan<float> parameters = replica().parameters;
    communicator().run(broadcast, {.send = parameters.data(), .receive = parameters.data(), .count = parameters.size()},
                       replica().compute);
  }

  std::vector<std::size_t> input_counts_;
  std::vector<std::size_t> output_counts_;
};

const Registered<SyncStrategy> data_parallel{
    {.name = "data_parallel",
     .gathers_at_root = true,
     .buckets = false,
     .make = [](Communicator& communicator, const Replica& replica, const SyncOptions& /*options*/)
         -> std::unique_ptr<GradientSync> { return std::make_unique<DataParallel>(communicator, replica); }}};

}  // namespace
}  // namespace lanemark
