// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <string>

#include "bench/gate/verdict.hpp"
#include "bench/report/gate/verdict_figures.hpp"

namespace lanemark {

/// What Google Benchmark's own reporter would have written (its JSON, schema version 1), one launch a repetition: for
/// its tools/compare.py and what else reads that. Only times, as it has no other metric; all in nanoseconds, since
/// compare.py compares only equal units. Records have no CPU time: it is the time again, as compare.py divides by it.
/// Wrong data is no benchmark there, and named in the context. Cases of several machines end in their fingerprint.
std::string gate_google_benchmark(std::span<const Judgement> judgements, Side side);

}  // namespace lanemark
