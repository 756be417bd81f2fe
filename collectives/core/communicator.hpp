// SPDX-License-Identifier: MIT

#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "collectives/core/collective.hpp"
#include "collectives/core/world.hpp"
#include "kernels/core/buffer.hpp"
#include "kernels/core/stream.hpp"

namespace lanemark {

/// How a backend knows the buffers it moves.
enum class Registration {
  plain,       ///< not at all
  registered,  ///< each rank's own memory, made known beforehand (ncclCommRegister)
  symmetric,   ///< a window at the same place on every rank (ncclCommWindowRegister)
};
inline constexpr std::array all_registrations{Registration::plain, Registration::registered, Registration::symmetric};
std::string_view name(Registration registration);
/// Throws UsageError that lists the names.
Registration parse_registration(std::string_view text);

/// Device memory that collectives move. Goes before its communicator.
class ExchangeMemory {
 public:
  ExchangeMemory() = default;
  ExchangeMemory(const ExchangeMemory&) = delete;
  ExchangeMemory& operator=(const ExchangeMemory&) = delete;
  ExchangeMemory(ExchangeMemory&&) = delete;
  ExchangeMemory& operator=(ExchangeMemory&&) = delete;
  virtual ~ExchangeMemory() = default;
  [[nodiscard]] virtual std::byte* data() const = 0;
  /// Collective: makes the memory known to the backend, once every rank has its own.
  virtual void attach() {}
};

/// What a backend did for an operation, where it tells.
struct Route {
  std::string algorithm{};  ///< "RING", "TREE"; "P2P" for messages
  std::string protocol{};   ///< "LL", "LL128", "SIMPLE"; empty for messages
  int channels = 0;         ///< 0 where that is not told
  bool inferred = false;    ///< not told, but the only thing that it can have been
  friend bool operator==(const Route&, const Route&) = default;
};

/// What a connection is asked to use instead of what the backend would choose; empty means its choice.
struct Tuning {
  std::string algorithm{};
  std::string protocol{};
  friend auto operator<=>(const Tuning&, const Tuning&) = default;
};

/// A backend's connection between the ranks of a world. Every operation is enqueued on the stream given and
/// returns at once; all ranks enqueue the same operations in the same order, one stream at a time.
class Communicator {
 public:
  explicit Communicator(const World& world) : Communicator{world.rank(), world.size(), world.device()} {}
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;
  Communicator(Communicator&&) = delete;
  Communicator& operator=(Communicator&&) = delete;
  virtual ~Communicator() = default;

  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] Device device() const { return device_; }

  /// The backend's own implementation where it has one, else the collective's composition.
  void run(const Collective& collective, const CollectiveCall& call, StreamRef stream);

  /// Takes the memory that `run` of such a call needs, so that no rank runs out of it in the middle of what all do
  /// together. Local. Throws OutOfMemory.
  virtual void reserve(const Collective& /*collective*/, const CollectiveCall& /*call*/) {}

  virtual void send(const void* data, std::size_t count, DType dtype, int to, StreamRef stream) = 0;
  virtual void receive(void* data, std::size_t count, DType dtype, int from, StreamRef stream) = 0;
  /// Sends and receives between begin and end progress together.
  virtual void begin_group(StreamRef stream) = 0;
  virtual void end_group(StreamRef stream) = 0;

  /// Memory of the device to move data from and to. Local. Throws OutOfMemory, and Error for a registration that the
  /// backend does not have.
  [[nodiscard]] virtual std::unique_ptr<ExchangeMemory> allocate(Bytes size, Registration registration) const;

  /// Calls `work`, which enqueues on `stream`, waits for it, and says what the backend did for it. Where it does not
  /// tell, does nothing. Costs time, so not for what is timed.
  [[nodiscard]] virtual std::optional<Route> observe(const std::function<void()>& work, StreamRef stream) const;

  /// Device memory for work enqueued on a stream. Grows where not as much was reserved, and then waits for all streams.
  std::byte* scratch(Bytes size);

  /// Bytes this rank sent since the last reset, counted for a bandwidth-optimal algorithm (Collective::sent).
  [[nodiscard]] double bytes_sent() const { return bytes_sent_; }
  void reset_bytes_sent() { bytes_sent_ = 0; }

 protected:
  Communicator(int rank, int size, Device device) : rank_{rank}, size_{size}, device_{device} {}

  /// Returns false where the backend has no implementation of its own; then nothing was enqueued.
  virtual bool run_native(const Collective& collective, const CollectiveCall& call, StreamRef stream) = 0;

 private:
  int rank_;
  int size_;
  Device device_;
  Memory scratch_;
  double bytes_sent_ = 0;
};

/// A way of moving data between ranks. Each backend's file registers one.
struct Backend {
  std::string_view name;
  DeviceKind device;           ///< whose memory it moves
  std::string_view transport;  ///< what the rows say: "device buffers", "staged through pinned host memory" …
  /// Why this backend cannot serve this world, with the cure; nothing if it can. Local, may differ by rank.
  std::optional<std::string> (*refusal)(const World& world);
  /// Collective over the world.
  std::unique_ptr<Communicator> (*connect)(const World& world, const Tuning& tuning);
  /// The named wire its data crosses.
  enum class Wire { memory, host_link, peer_link } wire;
  /// Why this backend cannot run such a call on this device, or thus tuned; nothing if it can. Local and the same on
  /// all ranks of like devices.
  std::optional<std::string> (*cannot)(const Collective& collective, const CollectiveCall& call, int ranks,
                                       Device device, const Tuning& tuning);
  /// Memory beside a call's buffers that a rank takes for it: on the device, and on the host. Null: none.
  struct Beside {
    Bytes device;
    Bytes host;
  };
  Beside (*beside)(const Collective& collective, const CollectiveCall& call, int ranks) = nullptr;
  bool registers = false;  ///< has registrations other than plain
  bool capturable = true;  ///< its operations can be captured in a graph
  /// Why it cannot serve ranks of which two use one device, with the cure; nothing if it can. Local, may differ by
  /// rank. Null: it can.
  std::optional<std::string> (*cannot_share)() = nullptr;
};

/// The backend a user means on a device: an exact name, or "mpi" on a GPU, which is mpi_cuda where the library is
/// CUDA-aware and else mpi_staged. Throws UsageError that names the known ones or the reason it cannot serve.
const Backend& resolve_backend(std::string_view name, const World& world);

/// Why the backend of this name cannot serve this world for one reason alone: two of its ranks use one device. Nothing
/// if it can, or if there is no such backend. Collective over the world; the same on all ranks.
std::optional<std::string> sharing_refusal(std::string_view name, const World& world);

/// nccl on GPUs where the build has it, else MPI.
std::string_view default_backend(DeviceKind kind);

/// A communicator that moves nothing: what a step costs with communication switched off.
std::unique_ptr<Communicator> connect_silent(const World& world);

/// One that moves nothing, but has `real` reserve what each of its calls will need. Local.
std::unique_ptr<Communicator> rehearse(Communicator& real);

/// Memory that a composition needs on the device, for a backend that has no more than messages.
Backend::Beside beside_composition(const Collective& collective, const CollectiveCall& call, int ranks);

}  // namespace lanemark
