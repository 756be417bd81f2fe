// SPDX-License-Identifier: MIT

#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "bench/gate/evidence.hpp"
#include "bench/gate/noise_floors.hpp"

namespace lanemark {

/// Readers refuse another major number; a minor one adds fields.
constexpr std::string_view baseline_schema = "1.3";

/// What is known of one kind of machine: a file FINGERPRINT_ID.json of a folder of baselines.
struct Baseline {
  Evidence evidence;       ///< launches that are not excluded
  NoiseFloors noise;       ///< empty before a calibration
  std::string calibrated;  ///< when, UTC; empty before a calibration
};

/// Throws Error on a value that no machine can have measured.
nlohmann::json to_json(const Baseline& baseline);
/// Unknown fields are ignored. Throws Error that names a field that is missing, ill-typed, out of its bounds
/// (bounds.hpp) or at odds with another, and on another major schema.
Baseline baseline_from_json(const nlohmann::json& object);
/// The same of a file's text, which may be no JSON.
Baseline baseline_from_text(std::string_view text);

/// Adds launches that the baseline does not have. Excluded ones are left out. Both of one fingerprint.
void add(Baseline& baseline, const Evidence& evidence);

/// Drops those of `launches`, and cases that no other measured. Their number.
std::size_t leave_out(Baseline& baseline, const std::vector<LaunchSummary>& launches);

/// Drops all but the latest `launches`, and cases that none of those measured. Noise floors stay.
void keep_latest(Baseline& baseline, std::size_t launches);

/// What differs between the software of two sets of launches, and the variables that steer it: "nccl 2.27.3 -> 2.28.3",
/// "NCCL_ALGO not set -> Ring", "none" on one side where the other alone has it, and commits that are called alike but
/// identify no build; nothing where a set is empty.
std::vector<std::string> changed_software(const std::vector<LaunchSummary>& before,
                                          const std::vector<LaunchSummary>& after);

}  // namespace lanemark
