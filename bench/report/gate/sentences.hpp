// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <vector>

#include "bench/gate/verdict.hpp"

// What a judgement says beside its numbers, in words that several outputs share. Names and reasons are put in as they
// are: each output escapes what it cannot hold.

namespace lanemark {

/// Wrong data and regressions: what a gate is there to find.
bool flagged(const CaseVerdict& verdict);
std::size_t failed_rules(const Judgement& judgement);

/// "REGRESSED", "RULE FAILED" …: the gravest that occurs; "NOTHING COMPARED" where there are neither cases nor rules.
std::string overall(const Judgement& judgement);
/// "REGRESSED: 1 wrong data, 2 regressed, 40 same; 1 of 3 rules failed".
std::string headline(const Judgement& judgement);
/// "8 x NVIDIA H200, NVLink 450 GB/s, 1 node, 8 ranks a node, some CPU (fingerprint 0123456789abcdef)".
std::string machine(const Judgement& judgement);
/// "Base: 10 launches. Run: 5 launches, 1 of them excluded."
std::string evidence(const Judgement& judgement);
/// Cases that were run again and regressed again.
std::size_t regressed_twice(const Judgement& judgement);
/// Whether what is flagged was flagged twice; empty where nothing is flagged.
std::string confirmation(const Judgement& judgement);

/// What stands beside a case: why its data is wrong, what it could have shown and how many launches would show more,
/// why there is nothing to compare. Empty where the numbers say all.
std::string remark(const CaseVerdict& verdict);

/// "run launch 0123456789abcdef: the GPU throttled", one for each.
std::vector<std::string> excluded_launches(const Judgement& judgement);
/// Launches that count although they ran beside other load, a line each.
std::vector<std::string> accepted_launches(const Judgement& judgement);
/// "Nearest baseline 0123456789abcdef differs in: …"; empty where there is one for this machine, or none at all.
std::string nearest_baseline(const Judgement& judgement);

/// "1 launch", "2 launches".
std::string counted(std::size_t count, std::string_view singular, std::string_view plural);

}  // namespace lanemark
