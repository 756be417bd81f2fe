// SPDX-License-Identifier: MIT

#pragma once

#include "collectives/core/communicator.hpp"

namespace lanemark {

/// Elements of a buffer.
struct Part {
  std::size_t offset;
  std::size_t count;
};

/// Everyone sends a part to everyone and receives one, all at once; a rank's part for itself is copied. `outgoing` and
/// `incoming` give a peer's Part of send and receive.
template <class Outgoing, class Incoming>
void exchange_all(Communicator& on, const CollectiveCall& call, Outgoing outgoing, Incoming incoming,
                  StreamRef stream) {
  const Bytes element = size_of(call.dtype);
  const auto from = [&](int peer) {
    return static_cast<const std::byte*>(call.send) + outgoing(peer).offset * element.value;
  };
  const auto into = [&](int peer) {
    return static_cast<std::byte*>(call.receive) + incoming(peer).offset * element.value;
  };
  stream.copy(into(on.rank()), from(on.rank()), element * outgoing(on.rank()).count);
  on.begin_group(stream);
  for (int distance = 1; distance < on.size(); ++distance) {
    // Distances differ from rank to rank in no step, so that no rank is everyone's target at once.
    const int to = (on.rank() + distance) % on.size();
    const int source = (on.rank() + on.size() - distance) % on.size();
    on.send(from(to), outgoing(to).count, call.dtype, to, stream);
    on.receive(into(source), incoming(source).count, call.dtype, source, stream);
  }
  on.end_group(stream);
}

}  // namespace lanemark
