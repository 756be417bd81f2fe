// SPDX-License-Identifier: MIT

#pragma once

#include <optional>

#include "collectives/core/communicator.hpp"

namespace lanemark {

/// Asks NCCL to take this program itself for its profiler, so that it tells what it does. Before the first
/// communicator; does nothing where the user has chosen a profiler of their own.
void serve_nccl_profiler();

/// While this lives, NCCL reports the operations enqueued. One at a time. Between two of them NCCL reports nothing, and
/// nothing is timed with one alive.
class NcclObservation {
 public:
  NcclObservation();
  NcclObservation(const NcclObservation&) = delete;
  NcclObservation& operator=(const NcclObservation&) = delete;
  NcclObservation(NcclObservation&&) = delete;
  NcclObservation& operator=(NcclObservation&&) = delete;
  ~NcclObservation();

  /// Of what was enqueued and has run since: the first collective's, else the messages'. Nothing where NCCL reported
  /// nothing.
  [[nodiscard]] std::optional<Route> route() const;
};

}  // namespace lanemark
