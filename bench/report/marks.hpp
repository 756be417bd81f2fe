// SPDX-License-Identifier: MIT

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/measurement/measurement.hpp"

// Numbers of a row as tables show them, with the marks that say what is wrong with one.

namespace lanemark {

/// The median's time, with a mark where the samples are uneven, and one where others disturbed them.
std::string median_figure(const Measurement& m);
/// "87.3", with a mark where it is above what the limit can explain.
std::string share_of_limit_figure(double share);
/// What these marks mean, a sentence for each that some row has: how far a mean lies above its median at most, who
/// disturbed, and how a rate comes to lie above its limit.
std::vector<std::string> legends(const std::vector<Measurement>& rows);

/// "yes", "WRONG" or "no".
std::string_view verified_figure(const Verdict& verdict);
/// "3 (87 %)": the rank that was slowest most often; empty where one rank was alone.
std::string straggler_figure(const Measurement& m);
/// "NVLink, one direction, 450.0 GB/s", or "none known".
std::string limit_figure(const std::optional<Limit>& limit);

}  // namespace lanemark
