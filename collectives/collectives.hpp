#pragma once

#include "collectives/core/collective.hpp"

namespace lanemark {

// One file each; the definitions register themselves.
extern const Registered<Collective> all_reduce;
extern const Registered<Collective> broadcast;
extern const Registered<Collective> reduce;
extern const Registered<Collective> gather;
extern const Registered<Collective> scatter;

}  // namespace lanemark
