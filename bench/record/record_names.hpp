// SPDX-License-Identifier: MIT

#pragma once

#include <array>
#include <string_view>

namespace lanemark {

/// How a record names the kinds of device that measured.
inline constexpr std::array<std::string_view, 2> device_names{"host", "cuda"};

/// How a record writes a Verdict::Kind and a Stop, by their order.
inline constexpr std::array<std::string_view, 3> verdict_names{"unverified", "correct", "wrong"};
inline constexpr std::array<std::string_view, 3> stop_names{"count", "precision", "time"};

}  // namespace lanemark
