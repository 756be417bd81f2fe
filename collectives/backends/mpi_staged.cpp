// SPDX-License-Identifier: MIT

// Device buffers over an MPI that knows host memory only: down to pinned memory, through MPI, up again. All of it is
// stream work, MPI's part as a host function, so that it overlaps what other streams compute.

#include <algorithm>
#include <vector>

#include "collectives/backends/mpi_calls.hpp"
#include "collectives/collectives.hpp"
#include "collectives/core/communicator.hpp"

namespace lanemark {
namespace {

/// Pinned memory that grows, and then waits for all streams, as what is enqueued may still use the old.
class Staging {
 public:
  explicit Staging(Device device) : device_{device} {}

  std::byte* at_least(Bytes size) {
    if (memory_.size() < size) {
      memory_ = Memory{};
      memory_ = Memory{device_, size, Placement::pinned};
    }
    return memory_.data();
  }

 private:
  Device device_;
  Memory memory_;
};

/// What passes through host memory: a call's both sides, from different places or, as messages, from one. The most of
/// any rank's.
Backend::Beside beside_staged(const Collective& collective, const CollectiveCall& call, int ranks) {
  std::size_t most = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    most = std::max(most, collective.send_count(call, ranks, rank) + collective.receive_count(call, ranks, rank));
  }
  return {.device = {}, .host = size_of(call.dtype) * most};
}

class StagedCommunicator final : public Communicator {
 public:
  explicit StagedCommunicator(const World& world)
      : Communicator{world}, calls_{world}, outgoing_{world.device()}, incoming_{world.device()} {}

  void reserve(const Collective& collective, const CollectiveCall& call) override {
    const Bytes element = size_of(call.dtype);
    const Bytes out = element * collective.send_count(call, size(), rank());
    const Bytes in = element * collective.receive_count(call, size(), rank());
    const bool native = MpiCalls::has(collective);
    static_cast<void>(outgoing_.at_least(native ? out : out + in));
    if (native) static_cast<void>(incoming_.at_least(in));
  }
  void send(const void* data, std::size_t count, DType dtype, int to, StreamRef stream) override {
    messages_.push_back({.data = const_cast<void*>(data), .count = count, .dtype = dtype, .peer = to, .sends = true});
    if (!grouped_) end_group(stream);
  }
  void receive(void* data, std::size_t count, DType dtype, int from, StreamRef stream) override {
    messages_.push_back({.data = data, .count = count, .dtype = dtype, .peer = from, .sends = false});
    if (!grouped_) end_group(stream);
  }
  void begin_group(StreamRef /*stream*/) override { grouped_ = true; }
  void end_group(StreamRef stream) override {
    grouped_ = false;
    exchange(stream);
    messages_.clear();
  }

 protected:
  bool run_native(const Collective& collective, const CollectiveCall& call, StreamRef stream) override {
    if (!MpiCalls::has(collective)) return false;
    const Bytes element = size_of(call.dtype);
    const Bytes out = element * collective.send_count(call, size(), rank());
    const Bytes in = element * collective.receive_count(call, size(), rank());
    std::byte* const receive = incoming_.at_least(in);
    // A broadcast's root sends from where the others receive.
    std::byte* const send = &collective == &broadcast ? receive : outgoing_.at_least(out);
    if (out > Bytes{}) stream.copy(send, call.send, out);
    CollectiveCall staged = call;
    staged.send = send;
    staged.receive = receive;
    stream.run(calls_.work(collective, staged));
    if (in > Bytes{}) stream.copy(call.receive, receive, in);
    MpiCalls::divide_average(*this, collective, call, stream);
    return true;
  }

 private:
  struct Message {
    void* data;
    std::size_t count;
    DType dtype;
    int peer;
    bool sends;
    [[nodiscard]] Bytes bytes() const { return size_of(dtype) * count; }
  };

  void exchange(StreamRef stream) {
    Bytes total;
    for (const Message& message : messages_) total += message.bytes();
    std::byte* place = outgoing_.at_least(total);
    std::vector<std::byte*> places;
    for (const Message& message : messages_) {
      places.push_back(place);
      if (message.sends && message.count > 0) stream.copy(place, message.data, message.bytes());
      place += message.bytes().value;
    }
    stream.run([this, messages = messages_, places] {
      calls_.begin_group();
      for (std::size_t i = 0; i < messages.size(); ++i) {
        const Message& message = messages[i];
        if (message.sends) calls_.send(places[i], message.count, message.dtype, message.peer);
        if (!message.sends) calls_.receive(places[i], message.count, message.dtype, message.peer);
      }
      calls_.end_group();
    });
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      const Message& message = messages_[i];
      if (!message.sends && message.count > 0) stream.copy(message.data, places[i], message.bytes());
    }
  }

  MpiCalls calls_;
  Staging outgoing_;
  Staging incoming_;
  std::vector<Message> messages_;
  bool grouped_ = false;
};

const Registered<Backend> mpi_staged{
    {.name = "mpi_staged",
     .device = DeviceKind::cuda,
     .transport = "MPI, staged through pinned host memory",
     .refusal = [](const World&) -> std::optional<std::string> { return std::nullopt; },
     .connect = [](const World& world, const Tuning&) -> std::unique_ptr<Communicator> {
       return std::make_unique<StagedCommunicator>(world);
     },
     .wire = Backend::Wire::host_link,
     .cannot = MpiCalls::cannot,
     .beside = beside_staged}};

}  // namespace
}  // namespace lanemark
