// SPDX-License-Identifier: MIT

#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "kernels/core/units.hpp"

namespace lanemark {

/// What a control group (Linux cgroup, versions 1 and 2) leaves this process; absent means unlimited or unknown.
struct ControlGroupLimits {
  std::optional<double> cpus;  ///< quota over period
  std::optional<Bytes> memory;
};

/// The tightest of the group and its parents. `root` is where proc/ and sys/ lie.
ControlGroupLimits control_group_limits(const std::filesystem::path& root = "/");

/// For how long processes of the group had to pause since it was made, as its quota of processor time was spent: the
/// most of the group and its parents. Nothing where none tells.
std::optional<Seconds> control_group_pauses(const std::filesystem::path& root = "/");

}  // namespace lanemark
