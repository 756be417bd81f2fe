// SPDX-License-Identifier: MIT

#pragma once

#include <span>
#include <string>

#include "bench/gate/verdict.hpp"

// RFC 4180: a header line, lines end in CR LF. Numbers are in base units and exact; "inf" where one is, and an empty
// field where there is none. Texts are csv_field's.

namespace lanemark {

/// A row for each value that was compared. Columns: fingerprint, case, metric, unit ("s", "B/s" …, empty for a share),
/// side ("base" or "run"), index (from 0, in the order of the launches), launch (its id; empty where some launch that
/// counts has no value, so that it cannot be told), value. A side without values has one row, which has no index,
/// launch and value.
std::string gate_values_csv(std::span<const Judgement> judgements);

/// A row for each metric of each case. Columns: fingerprint, case, metric, unit, better ("less" or "more"), outcome,
/// base_launches, run_launches (that count and have a value), base_median, run_median, change, low, high (relative;
/// -1 and inf where the interval is unbounded), confidence, p, adjusted_p, threshold, calibrated, detectable,
/// base_launches_needed, run_launches_needed, detail. From change to adjusted_p empty where nothing was compared.
std::string gate_verdicts_csv(std::span<const Judgement> judgements);

}  // namespace lanemark
