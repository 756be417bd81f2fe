// SPDX-License-Identifier: MIT

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernels/core/units.hpp"

namespace lanemark {

/// A property that sets this case apart, as `key:value`, e.g. {"scaling", "weak"}.
struct Label {
  std::string key;
  std::string value;
  friend bool operator==(const Label&, const Label&) = default;
};

/// One thing measured. Fields that do not apply are empty and absent from the name.
struct Case {
  std::string suite{};      ///< "collectives", "training", "transfers"; not part of the name
  std::string operation{};  ///< "all_reduce", "mlp", "host_to_device"
  std::string backend{};    ///< "nccl", "mpi"; for transfers the memory: "pinned", "pageable"
  std::string dtype{};
  std::optional<Bytes> size{};  ///< absent where a case has no single size; 0 bytes are a size
  std::string mode{};           ///< "latency", "bandwidth", "step"
  std::vector<Label> labels{};  ///< what departs from the default, in canonical order
  int ranks = 1;

  friend bool operator==(const Case&, const Case&) = default;
};

/// What filters, baselines and reports key on: `all_reduce/nccl/float/64MiB/bandwidth/ranks:4`.
std::string name(const Case& what);

/// "64MiB", "0B"; empty where the case has no single size.
std::string size_text(const Case& what);

/// The label's value, or "" if the case has none.
std::string label(const Case& what, std::string_view key);

}  // namespace lanemark
