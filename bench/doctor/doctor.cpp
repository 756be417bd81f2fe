// SPDX-License-Identifier: MIT

#include "bench/doctor/doctor.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "bench/doctor/processors.hpp"
#include "bench/record/bounded_json.hpp"
#include "bench/record/bounds.hpp"
#include "bench/record/fields.hpp"
#include "bench/record/gather_texts.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

std::string to_text(const std::vector<Finding>& findings) {
  json list = json::array();
  for (const Finding& one : findings) {
    list.push_back(
        {{"level", static_cast<int>(one.level)}, {"part", one.part}, {"text", one.text}, {"cure", one.cure}});
  }
  return list.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<Finding> from_text(const std::string& text) {
  constexpr Range<int> levels{0, static_cast<int>(Finding::Level::problem)};
  std::vector<Finding> findings;
  for (const json& one : parse_json(text)) {
    findings.push_back({static_cast<Finding::Level>(required_in(one, "level", levels)),
                        required_text(one, "part", bounds::word), required_text(one, "text", bounds::argument),
                        required_text(one, "cure", bounds::argument)});
  }
  return findings;
}

std::vector<Finding> run(const DoctorPart& part, const World& world) {
  try {
    return part.run(world);
  } catch (const std::exception& error) {
    Findings failed{part.name};
    failed.problem(fmt::format("could not be examined: {}", error.what()),
                   "cure what the message names, then ask again; measurements may fail the same way");
    return failed.take();
  }
}

}  // namespace

std::vector<Finding> examine(const World& world) {
  std::vector<const DoctorPart*> parts = Registry<DoctorPart>::all();
  std::ranges::stable_sort(parts, {}, [](const DoctorPart* part) { return part->order; });
  std::vector<Finding> findings;
  for (const DoctorPart* part : parts) std::ranges::move(run(*part, world), std::back_inserter(findings));
  return findings;
}

Diagnosis diagnose(const World& world) {
  const bool speaks = world.local_rank() == 0;
  std::vector<Finding> findings = examine_processors(world);
  if (speaks) std::ranges::move(examine(world), std::back_inserter(findings));
  const std::string mine = speaks ? to_text(findings) : std::string{};
  std::vector<std::vector<Finding>> by_node;
  for (const std::string& text : gather_texts(world, mine)) {
    if (!text.empty()) by_node.push_back(from_text(text));
  }
  return render(by_node);
}

}  // namespace lanemark
