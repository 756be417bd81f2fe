// SPDX-License-Identifier: MIT

#include "bench/record/disturbances.hpp"

#include <fmt/format.h>

namespace lanemark {

void Disturbances::add(const Measurement& m) {
  if (!measured(m)) return;
  ++timed_;
  if (m.processors) processors_ = processors_ ? sum(*processors_, *m.processors) : *m.processors;
  for (const GpuUse& gpu : m.gpus) {
    if (const std::string why = disturbance(gpu); !why.empty()) ++gpus_[why];
  }
}

std::string Disturbances::load() const {
  const std::string why = processors_ ? disturbance(*processors_) : "";
  return why.empty() ? why : fmt::format("while cases were timed, {}", why);
}

std::vector<std::string> Disturbances::gpus() const {
  std::vector<std::string> all;
  all.reserve(gpus_.size());
  for (const auto& [why, cases] : gpus_) all.push_back(fmt::format("{}, in {} of {} cases", why, cases, timed_));
  return all;
}

}  // namespace lanemark
