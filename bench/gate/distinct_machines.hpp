// SPDX-License-Identifier: MIT

#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench/record/fingerprint.hpp"

namespace lanemark {

/// The fields that differ: "gpu: NVIDIA H100 80GB HBM3 there, NVIDIA H200 here".
std::vector<std::string> differences(const Fingerprint& there, const Fingerprint& here);

/// The machines of many records. Evidence is grouped by the ids of fingerprints, and the hash that makes them can be
/// inverted: a record can be made whose machine has the id of another, and would count for it.
class DistinctMachines {
 public:
  /// Throws UsageError that names the file and what differs where another machine has the same id.
  void see(const Fingerprint& machine, const std::string& file);

 private:
  struct First {
    Fingerprint machine;
    std::string file;
  };
  std::map<std::string, First> by_id_;
};

}  // namespace lanemark
