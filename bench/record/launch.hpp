#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/measurement.hpp"
#include "bench/record/fingerprint.hpp"
#include "bench/record/gpu_state.hpp"
#include "bench/record/versions.hpp"

namespace lanemark {

/// Readers refuse another major number; a minor one adds fields.
constexpr std::string_view schema_version = "1.2";

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
};

/// Last line of a launch that ran to its end.
struct LaunchFooter {
  std::uint64_t measurements = 0;
  std::string ended;                ///< UTC, ISO 8601
  std::vector<GpuState> gpus;       ///< at the end
  std::vector<std::string> taints;  ///< why the launch must not be compared; empty if it may
};

/// A launch's file as read back.
struct Launch {
  LaunchHeader header;
  std::vector<Measurement> measurements;
  std::optional<LaunchFooter> footer;
  /// It ran to its end and every measurement it counted is here.
  [[nodiscard]] bool complete() const { return footer && footer->measurements == measurements.size(); }
};

nlohmann::json to_json(const LaunchHeader& header);
nlohmann::json to_json(const LaunchFooter& footer);
/// Throw Error on a missing field; the header also on a schema of another major version.
LaunchHeader header_from_json(const nlohmann::json& object);
LaunchFooter footer_from_json(const nlohmann::json& object);

/// Everything that is known before the first measurement, a fresh launch id included. Collective over the world.
LaunchHeader describe_launch(const World& world, std::vector<std::string> command);

/// Now, e.g. "2026-01-31T09:30:00Z".
std::string utc_now();

}  // namespace lanemark
