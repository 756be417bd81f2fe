// SPDX-License-Identifier: MIT

#include "collectives/gradient_sync/gradient_sync.hpp"

namespace lanemark {
namespace {

class NoSync final : public GradientSync {
 public:
  using GradientSync::GradientSync;
  void start() override {}
  void before_forward(const PhaseMark& /*mark*/) override {}
  void loss(const std::function<void(const Batch&)>& compute_loss, const PhaseMark& mark) override {
    compute_loss(replica().local);
    mark("loss");
  }
  void gradient_ready(std::size_t /*index*/) override {}
  void before_update(const PhaseMark& /*mark*/) override {}
  [[nodiscard]] bool updates() const override { return true; }
  void finish() override {}
};

}  // namespace

const SyncStrategy& no_sync() {
  static const SyncStrategy strategy{.name = "no_sync",
                                     .gathers_at_root = false,
                                     .buckets = false,
                                     .make = [](Communicator& communicator, const Replica& replica,
                                                const SyncOptions& /*options*/) -> std::unique_ptr<GradientSync> {
                                       return std::make_unique<NoSync>(communicator, replica);
                                     }};
  return strategy;
}

}  // namespace lanemark
