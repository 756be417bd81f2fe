// Device buffers over an MPI that knows host memory only: down to pinned memory, through MPI, up again. All of it is
// stream work, MPI's part as a host function, so that it overlaps what other streams compute.

#include <vector>

#include "collectives/backends/mpi_calls.hpp"
#include "collectives/core/communicator.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

/// Pinned memory that grows; what is enqueued on the stream may still use the old, so growing waits.
class Staging {
 public:
  explicit Staging(Device device) : device_{device} {}

  std::byte* at_least(Bytes size, StreamRef stream) {
    if (memory_.size() < size) {
      stream.synchronize();
      memory_ = Memory{};
      memory_ = Memory{device_, size, Placement::pinned};
    }
    return memory_.data();
  }

 private:
  Device device_;
  Memory memory_;
};

class StagedCommunicator final : public Communicator {
 public:
  explicit StagedCommunicator(const World& world)
      : Communicator{world}, calls_{world}, outgoing_{world.device()}, incoming_{world.device()} {}

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
    // The buffers' sizes for this rank, as if the root were rank 0.
    const int from_root = (rank() - call.root + size()) % size();
    const Bytes element = size_of(call.dtype);
    const Bytes out = element * elements(collective.send_count, call, from_root);
    const Bytes in = element * elements(collective.receive_count, call, from_root);
    std::byte* const send = outgoing_.at_least(out, stream);
    std::byte* const receive = incoming_.at_least(in, stream);
    if (out > Bytes{}) stream.copy(send, call.send, out);
    CollectiveCall staged = call;
    staged.send = send;
    staged.receive = receive;
    // The call outlives this function; whoever passes counts keeps them as long as its stream's work.
    stream.run([this, &collective, staged] { calls_.run(collective, staged); });
    if (in > Bytes{}) stream.copy(call.receive, receive, in);
    if (collective.reduces && call.op == ReduceOp::avg && in > Bytes{}) {
      divide(stream, {.dtype = call.dtype, .count = call.count, .values = call.receive, .divisor = size()});
    }
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

  /// With uneven counts the root's buffer is the sum of all parts, another rank's its own part.
  std::size_t elements(std::size_t (*even)(std::size_t, int, int), const CollectiveCall& call, int from_root) const {
    if (call.counts.empty()) return even(call.count, size(), from_root);
    if (even(1, size(), from_root) == 0) return 0;
    const bool all_parts = from_root == 0 && even(1, size(), 0) > even(1, size(), 1 % size());
    return all_parts ? call.offset_of(size() - 1) + call.count_of(size() - 1) : call.count_of(rank());
  }

  void exchange(StreamRef stream) {
    Bytes total;
    for (const Message& message : messages_) total += message.bytes();
    std::byte* place = outgoing_.at_least(total, stream);
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
     .connect = [](const World& world) -> std::unique_ptr<Communicator> {
       return std::make_unique<StagedCommunicator>(world);
     },
     .wire = Backend::Wire::host_link}};

}  // namespace
}  // namespace lanemark
