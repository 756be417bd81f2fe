// SPDX-License-Identifier: MIT

#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "bench/engine/exchange_buffers.hpp"
#include "bench/engine/rotation.hpp"
#include "bench/engine/trial.hpp"
#include "collectives/core/communicator.hpp"

namespace lanemark {

/// One collective at one size, as one rank of a group of ranks measures it.
struct Exchange {
  const Collective* collective;
  DType dtype;
  ReduceOp op = ReduceOp::sum;
  int root = 0;
  int peer = -1;  ///< CollectiveCall::peer
  std::size_t count = 0;
  std::vector<std::size_t> counts{};  ///< CollectiveCall::counts, where they differ
  std::uint64_t seed = 1;
  bool warm_cache = false;  ///< one buffer used again and again, as a loop over one tensor finds it
  bool in_place = false;
  std::size_t misaligned = 0;  ///< elements by which buffers miss their alignment
  Tuning tuning{};             ///< of the communicator
  bool first_call = false;     ///< the communicator is new, and nothing runs before what is measured
  /// In tests of the check itself: the rank, or the next one that has any, in whose output an element is spoilt.
  std::optional<int> fault{};

  /// Whether nothing moves: the cost of the call.
  [[nodiscard]] bool is_empty() const { return count == 0; }
  /// The call without its buffers; refers to `counts`.
  [[nodiscard]] CollectiveCall call() const {
    return {.count = count, .dtype = dtype, .op = op, .root = root, .peer = peer, .counts = counts};
  }
};

/// Where an exchange's buffers lie: the same on every rank, so that a slot holds the same indices of the pattern
/// everywhere.
struct ExchangeSlots {
  Rotation send;
  Rotation receive;  ///< in place: the same buffer
  Bytes margin;      ///< before the first slot

  [[nodiscard]] Bytes send_total() const { return margin + send.total(); }
  [[nodiscard]] Bytes receive_total() const { return margin + receive.total(); }
};
ExchangeSlots slots_of(const Exchange& exchange, int ranks, Bytes cache);

/// Memory of all buffers, and what the backend takes beside them.
Backend::Beside memory_of(const Exchange& exchange, const Backend& backend, int ranks, Bytes cache);

/// The exchange over `communicator` with its `buffers`, which outlive it and serve one trial at a time.
std::unique_ptr<Trial> make_exchange_trial(const Exchange& exchange, Communicator& communicator,
                                           ExchangeBuffers& buffers, Bytes cache);

/// A barrier over `communicator`, whose ranks are the group's. It is right where no rank leaves before all have
/// entered: after the timed ones it is done a few times more, each time with a rank that enters `patience` later than
/// the others, and is told by each that has left. A barrier that is right never fails; one that is wrong does unless
/// the rank that leaves too early needs longer to say so.
std::unique_ptr<Trial> make_barrier_trial(const Exchange& exchange, Communicator& communicator, const World& group,
                                          Seconds patience = Seconds{0.02});
/// What is to be moved: an exchange, or a barrier.
std::unique_ptr<Trial> make_collective_trial(const Exchange& exchange, Communicator& communicator,
                                             ExchangeBuffers& buffers, Bytes cache, const World& group);

/// By which a communicator just made is checked.
Exchange creation_check();
/// Makes a communicator, of which each sample has a new one.
std::unique_ptr<Trial> make_creation_trial(const Backend& backend, const World& group);
/// The exchange as the first operation over a communicator, of which each sample has a new one.
std::unique_ptr<Trial> make_first_call_trial(const Exchange& exchange, Registration registration,
                                             const Backend& backend, const World& group, Bytes cache);

}  // namespace lanemark
