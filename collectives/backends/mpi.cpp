// SPDX-License-Identifier: MIT

// Host buffers over MPI. Calls run in the order of the stream, on its thread.

#include "collectives/backends/mpi_calls.hpp"
#include "collectives/core/communicator.hpp"

namespace lanemark {
namespace {

class MpiCommunicator : public Communicator {
 public:
  explicit MpiCommunicator(const World& world) : Communicator{world}, calls_{world} {}

  void send(const void* data, std::size_t count, DType dtype, int to, StreamRef stream) override {
    stream.run([this, data, count, dtype, to] { calls_.send(data, count, dtype, to); });
  }
  void receive(void* data, std::size_t count, DType dtype, int from, StreamRef stream) override {
    stream.run([this, data, count, dtype, from] { calls_.receive(data, count, dtype, from); });
  }
  void begin_group(StreamRef stream) override {
    stream.run([this] { calls_.begin_group(); });
  }
  void end_group(StreamRef stream) override {
    stream.run([this] { calls_.end_group(); });
  }

 protected:
  bool run_native(const Collective& collective, const CollectiveCall& call, StreamRef stream) override {
    if (!MpiCalls::has(collective)) return false;
    stream.run(calls_.work(collective, call));
    MpiCalls::divide_average(*this, collective, call, stream);
    return true;
  }

 private:
  MpiCalls calls_;
};

/// The default compositions over MPI's messages: the reference that MPI's own collectives are compared with.
class ComposedOverMpi final : public MpiCommunicator {
 public:
  using MpiCommunicator::MpiCommunicator;
  void reserve(const Collective& collective, const CollectiveCall& call) override {
    static_cast<void>(scratch(beside_composition(collective, call, size()).device));
  }

 protected:
  bool run_native(const Collective& /*collective*/, const CollectiveCall& /*call*/, StreamRef /*stream*/) override {
    return false;
  }
};

template <class T>
std::unique_ptr<Communicator> connect_over_mpi(const World& world, const Tuning& /*tuning*/) {
  return std::make_unique<T>(world);
}

std::optional<std::string> never(const World& /*world*/) { return std::nullopt; }

/// Messages are cut in pieces, so that no count is too large.
std::optional<std::string> mpi_messages_cannot(const Collective& /*collective*/, const CollectiveCall& /*call*/,
                                               int /*ranks*/, Device /*device*/, const Tuning& tuning) {
  if (tuning == Tuning{}) return std::nullopt;
  return "only NCCL can be told an algorithm or a protocol";
}

const Registered<Backend> mpi{{.name = "mpi",
                               .device = DeviceKind::host,
                               .transport = "MPI, host buffers",
                               .refusal = never,
                               .connect = connect_over_mpi<MpiCommunicator>,
                               .wire = Backend::Wire::memory,
                               .cannot = MpiCalls::cannot}};

const Registered<Backend> composed_over_mpi{{.name = "composed",
                                             .device = DeviceKind::host,
                                             .transport = "reference compositions over MPI messages, host buffers",
                                             .refusal = never,
                                             .connect = connect_over_mpi<ComposedOverMpi>,
                                             .wire = Backend::Wire::memory,
                                             .cannot = mpi_messages_cannot,
                                             .beside = beside_composition}};

}  // namespace
}  // namespace lanemark
