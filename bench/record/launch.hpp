// SPDX-License-Identifier: MIT

#pragma once

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/measurement/measurement.hpp"
#include "bench/record/disturbances.hpp"
#include "bench/record/fingerprint.hpp"
#include "bench/record/gpu_state.hpp"
#include "bench/record/versions.hpp"

namespace lanemark {

/// Readers refuse another major number; a minor one adds fields.
constexpr std::string_view schema_version = "1.4";

/// First line of a launch's file: what ran, where, with what.
struct LaunchHeader {
  std::string schema{schema_version};
  std::string launch;                ///< random, 16 hexadecimal digits
  std::string started;               ///< UTC, ISO 8601
  std::vector<std::string> command;  ///< the program's arguments, its name first
  int ranks = 1;
  Fingerprint fingerprint;
  std::string fingerprint_id;
  Versions versions;
  std::map<std::string, std::string> environment;  ///< allow-listed variables of rank 0
  std::vector<GpuState> gpus;                      ///< at the start, by rank; empty on the host device
  std::optional<ProcessorUse> processors{};        ///< in a moment without work before the first case
  std::string crowding{};                          ///< why ranks wait for each other's processors; empty if none does
  std::string accepted_load{};  ///< why other load is no reason against comparing; empty if it is one
};

/// Last line of a launch that ran to its end, or was ended before it and could still say why.
struct LaunchFooter {
  std::uint64_t measurements = 0;
  std::string ended;                         ///< UTC, ISO 8601
  std::vector<GpuState> gpus;                ///< at the end
  std::vector<std::string> taints;           ///< why the launch must not be compared; empty if it may
  std::vector<std::string> accepted{};       ///< what would taint it, had it not been accepted (accepted_load)
  std::optional<ProcessorUse> processors{};  ///< in a moment without work after the last case
  std::string ended_by{};                    ///< a limit, a signal, a full disk; empty if it ran to its end
};

/// A launch's file as read back.
struct Launch {
  LaunchHeader header;
  std::vector<Measurement> measurements;
  std::optional<LaunchFooter> footer;
  /// It ran to its end and every measurement it counted is here.
  [[nodiscard]] bool complete() const { return is_whole(measurements.size()); }
  /// The same where so many measurements were read, and not kept.
  [[nodiscard]] bool is_whole(std::uint64_t read) const {
    return footer && footer->ended_by.empty() && footer->measurements == read;
  }
};

/// Of a launch that is not complete: "cut off: SIGTERM came", or that it did not run to its end.
std::string why_cut_off(const Launch& launch);

nlohmann::json to_json(const LaunchHeader& header);
nlohmann::json to_json(const LaunchFooter& footer);
/// Throw Error on a field that is missing, ill-typed, out of its bounds (bounds.hpp) or at odds with another; the
/// header also on a schema of another major version.
LaunchHeader header_from_json(const nlohmann::json& object);
LaunchFooter footer_from_json(const nlohmann::json& object);
/// What taints a launch, by its start, its measurements and its GPUs at the end: processors that others took or that
/// are too few, which may be accepted, and GPUs that throttled or were shared.
Taints taints(const LaunchHeader& header, const Disturbances& seen, const std::vector<GpuState>& gpus_at_end);

/// Throw Error where a line of a launch's file is at odds with those before it: so many measurements, taints that they
/// and its GPUs tell of, ranks that the launch does not have.
void require_consistent(const LaunchHeader& header, const LaunchFooter& footer, const Disturbances& seen,
                        std::uint64_t measurements);
void require_consistent(const LaunchHeader& header, const Measurement& m);

/// From the launch's start to its end, by its header and its footer; 0 where there is no footer, where these are no
/// such times, or where it ended before it began.
Seconds duration(const Launch& launch);

/// What is known before the first measurement, a fresh launch id included; `ranks` is where they may run, by rank.
/// Collective over the world.
LaunchHeader describe_launch(const World& world, std::vector<std::string> command,
                             std::span<const RankProcessors> ranks);

/// Now, e.g. "2026-01-31T09:30:00Z".
std::string utc_now();

}  // namespace lanemark
