// SPDX-License-Identifier: MIT

// No rank leaves before every rank has entered. It moves no data, and has neither size nor type.

#include "collectives/collectives.hpp"
#include "collectives/core/communicator.hpp"

namespace lanemark {
namespace {

/// Dissemination (Hensgen, Finkel and Manber, "Two algorithms for barrier synchronization", International Journal of
/// Parallel Programming 17, 1988): in each round a rank tells the one so far to its right what it has heard, at twice
/// the distance of the round before, until everyone has heard of everyone.
void dissemination(Communicator& on, const CollectiveCall& /*call*/, StreamRef stream) {
  // A backend need not pass on a message of no bytes, so that it has one, which nobody looks at.
  std::byte* const told = on.scratch(Bytes{2});
  std::byte* const heard = told + 1;
  for (int distance = 1; distance < on.size(); distance *= 2) {
    on.begin_group(stream);
    on.send(told, 1, DType::uint8, (on.rank() + distance) % on.size(), stream);
    on.receive(heard, 1, DType::uint8, (on.rank() + on.size() - distance) % on.size(), stream);
    on.end_group(stream);
  }
}

std::size_t nothing(const CollectiveCall& /*call*/, int /*ranks*/, int /*rank*/) { return 0; }

}  // namespace

const Registered<Collective> barrier{
    {.name = "barrier",
     .reduces = false,
     .rooted = false,
     .send_count = nothing,
     .receive_count = nothing,
     .expected = [](const CollectiveCall&, int, int) -> std::vector<ExpectedRun> { return {}; },
     .in_place = nullptr,
     .bus_factor = [](const CollectiveCall&, int) { return 0.0; },
     .size_count = [](const CollectiveCall&, int) { return std::size_t{0}; },
     .sent = [](const CollectiveCall&, int, int) { return 0.0; },
     .compose = dissemination,
     .scratch_count = [](const CollectiveCall&, int) { return std::size_t{2}; },
     .moves = false}};

}  // namespace lanemark
