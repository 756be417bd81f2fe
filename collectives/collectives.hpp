// SPDX-License-Identifier: MIT

#pragma once

#include "collectives/core/collective.hpp"

namespace lanemark {

// One file each; the definitions register themselves.
extern const Registered<Collective> all_gather;
extern const Registered<Collective> all_reduce;
extern const Registered<Collective> all_to_all;
extern const Registered<Collective> all_to_all_v;
extern const Registered<Collective> barrier;
extern const Registered<Collective> broadcast;
extern const Registered<Collective> gather;
extern const Registered<Collective> reduce;
extern const Registered<Collective> reduce_scatter;
extern const Registered<Collective> scatter;
extern const Registered<Collective> send_recv;
extern const Registered<Collective> send_recv_pairs;

}  // namespace lanemark
