// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <vector>

#include "bench/engine/ready_case.hpp"

namespace lanemark {

/// What one of several cases got.
struct Turns {
  Samples samples;
  Stop stop = Stop::count;
};

/// Takes the samples of cases in turn: some of the first, some of the second, then in the opposite order (A B B A), so
/// that what a machine's speed does meanwhile, above all a steady drift, meets all alike and stays out of their ratio.
/// With a precision, until all medians are that well known; a case whose time is spent before leaves the others.
/// Collective over `world`; every case has a trial.
std::vector<Turns> sample_in_turn(const World& world, std::span<const ReadyCase* const> cases,
                                  const TimingOptions& timing);

}  // namespace lanemark
