// SPDX-License-Identifier: MIT

// Nothing is sent and nothing arrives: the step's own work remains.

#include "collectives/core/communicator.hpp"

namespace lanemark {
namespace {

class SilentCommunicator : public Communicator {
 public:
  using Communicator::Communicator;
  void send(const void* /*data*/, std::size_t /*count*/, DType /*dtype*/, int /*to*/, StreamRef /*on*/) override {}
  void receive(void* /*data*/, std::size_t /*count*/, DType /*dtype*/, int /*from*/, StreamRef /*on*/) override {}
  void begin_group(StreamRef /*stream*/) override {}
  void end_group(StreamRef /*stream*/) override {}

 protected:
  bool run_native(const Collective& /*collective*/, const CollectiveCall& /*call*/, StreamRef /*stream*/) override {
    return true;
  }
};

/// Whose calls the real one hears of.
class Rehearsal final : public SilentCommunicator {
 public:
  explicit Rehearsal(Communicator& real) : SilentCommunicator{real.rank(), real.size(), real.device()}, real_{real} {}

 protected:
  bool run_native(const Collective& collective, const CollectiveCall& call, StreamRef /*stream*/) override {
    real_.reserve(collective, call);
    return true;
  }

 private:
  Communicator& real_;
};

}  // namespace

std::unique_ptr<Communicator> rehearse(Communicator& real) { return std::make_unique<Rehearsal>(real); }

std::unique_ptr<Communicator> connect_silent(const World& world) { return std::make_unique<SilentCommunicator>(world); }

}  // namespace lanemark
