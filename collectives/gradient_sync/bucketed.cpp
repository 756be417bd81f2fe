// SPDX-License-Identifier: MIT

// DistributedDataParallel (Li et al., VLDB 2020, arXiv 2006.15704): parameters broadcast once; gradients in
// buckets, each all-reduced on a stream of its own as soon as its last gradient is ready, while the backward pass
// goes on; every rank updates its own copy. Gradients live in their buckets (PyTorch's gradient_as_bucket_view),
// and the division by the batch is part of the update, so that a bucket costs no copy.

#include "collectives/collectives.hpp"
#include "collectives/gradient_sync/gradient_sync.hpp"

namespace lanemark {
namespace {

class Bucketed final : public GradientSync {
 public:
  Bucketed(Communicator& communicator, const Replica& replica, const SyncOptions& options)
      : GradientSync{communicator, replica},
        buckets_{assign_buckets(replica.tensors, options.bucket_caps, Bytes{sizeof(float)})},
        reduced_{communicator.device()} {
    for (std::size_t i = 0; i < buckets_.size(); ++i) ready_.emplace_back(communicator.device());
  }

  void start() override {
    const DeviceSpan<float> parameters = replica().parameters;
    communicator().run(broadcast, {.send = parameters.data(), .receive = parameters.data(), .count = parameters.size()},
                       replica().compute);
    replica().compute.synchronize();
  }

  void before_forward(const PhaseMark& /*mark*/) override { next_ = 0; }

  void loss(const std::function<void(const Batch&)>& compute_loss, const PhaseMark& mark) override {
    compute_loss(replica().local);
    mark("loss");
  }

  void gradient_ready(std::size_t index) override {
    for (; next_ < buckets_.size() && buckets_[next_].last_tensor <= index; ++next_) {
      const Bucket& bucket = buckets_[next_];
      float* const gradients = replica().gradients.data() + bucket.offset;
      replica().compute.record(ready_[next_]);
      replica().communication.wait(ready_[next_]);
      communicator().run(all_reduce, {.send = gradients, .receive = gradients, .count = bucket.count},
                         replica().communication);
    }
  }

  void before_update(const PhaseMark& mark) override {
    replica().communication.record(reduced_);
    replica().compute.wait(reduced_);
    mark("wait");
  }

  [[nodiscard]] bool updates() const override { return true; }
  void finish() override {}

 private:
  std::vector<Bucket> buckets_;
  std::vector<Event> ready_;
  Event reduced_;
  std::size_t next_ = 0;
};

const Registered<SyncStrategy> bucketed{{.name = "bucketed",
                                         .gathers_at_root = false,
                                         .buckets = true,
                                         .make = [](Communicator& communicator, const Replica& replica,
                                                    const SyncOptions& options) -> std::unique_ptr<GradientSync> {
                                           return std::make_unique<Bucketed>(communicator, replica, options);
                                         }}};

}  // namespace
}  // namespace lanemark
