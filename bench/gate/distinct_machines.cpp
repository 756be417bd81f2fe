// SPDX-License-Identifier: MIT

#include "bench/gate/distinct_machines.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {

std::vector<std::string> differences(const Fingerprint& there, const Fingerprint& here) {
  const nlohmann::json left = to_json(there);
  const nlohmann::json right = to_json(here);
  nlohmann::json fields = left;  // a machine without GPUs has no field for them
  fields.update(right);
  const auto text = [](const nlohmann::json& fingerprint, const std::string& field) {
    const auto found = fingerprint.find(field);
    if (found == fingerprint.end()) return std::string{"none"};
    return found->is_string() ? found->get<std::string>() : found->dump();
  };
  std::vector<std::string> all;
  for (const auto& [field, value] : fields.items()) {
    const std::string before = text(left, field);
    const std::string now = text(right, field);
    if (before != now) all.push_back(fmt::format("{}: {} there, {} here", field, shown(before), shown(now)));
  }
  return all;
}

void DistinctMachines::see(const Fingerprint& machine, const std::string& file) {
  const auto& [own, first] = *by_id_.try_emplace(id(machine), First{.machine = machine, .file = file}).first;
  if (first.machine == machine) return;
  throw UsageError(
      fmt::format("{}: its fingerprint_id {} is that of {} too, whose machine is another ({}); one of them was made "
                  "up: leave it out",
                  file, own, first.file, fmt::join(differences(first.machine, machine), "; ")));
}

}  // namespace lanemark
