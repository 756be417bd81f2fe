#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/gate/evidence.hpp"

namespace lanemark {

/// Readers refuse another major number; a minor one adds fields.
constexpr std::string_view baseline_schema = "1.0";

/// How much the times of a class of cases move between launches of one and the same build.
struct NoiseFloor {
  double change = 0;  ///< relative; what calibration's comparisons stay below
  std::uint64_t comparisons = 0;
};

/// What is known of one kind of machine: a file FINGERPRINT_ID.json of a folder of baselines.
struct Baseline {
  Evidence evidence;                        ///< launches that are not excluded
  std::map<std::string, NoiseFloor> noise;  ///< by case class; empty before a calibration
  std::string calibrated;                   ///< when, UTC; empty before a calibration
};

nlohmann::json to_json(const Baseline& baseline);
/// Unknown fields are ignored. Throws Error that names a missing or ill-typed field, and on another major schema.
Baseline baseline_from_json(const nlohmann::json& object);

/// A folder of baselines, one file for each kind of machine, each replaced whole by a rename.
class BaselineFolder {
 public:
  explicit BaselineFolder(std::filesystem::path folder) : folder_{std::move(folder)} {}

  [[nodiscard]] std::vector<std::string> ids() const;  ///< of fingerprints; empty where there is no folder
  [[nodiscard]] std::optional<Baseline> find(const std::string& fingerprint_id) const;
  /// Throws UsageError where the folder cannot be written.
  void put(const Baseline& baseline) const;
  void remove(const std::string& fingerprint_id) const;

  /// The baseline whose fingerprint has the fewest fields that differ from this, and which do ("gpu: NVIDIA H100 80GB
  /// HBM3 there, NVIDIA H200 here"); nothing in an empty folder.
  struct Nearest {
    std::string fingerprint_id;
    std::vector<std::string> differences;
  };
  [[nodiscard]] std::optional<Nearest> nearest(const Fingerprint& fingerprint) const;

 private:
  std::filesystem::path folder_;
};

/// Adds launches that the baseline does not have. Excluded ones are left out. Both of one fingerprint.
void add(Baseline& baseline, const Evidence& evidence);

/// Drops all but the latest `launches`, and cases that none of those measured. Noise floors stay.
void keep_latest(Baseline& baseline, std::size_t launches);

/// What differs between the software of two sets of launches: "nccl 2.27.3 -> 2.28.3", "none" on one side where the
/// other alone has it; nothing where a set is empty.
std::vector<std::string> changed_versions(const std::vector<LaunchSummary>& before,
                                          const std::vector<LaunchSummary>& after);

}  // namespace lanemark
