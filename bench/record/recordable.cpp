// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "bench/record/bounds.hpp"
#include "bench/record/json.hpp"

namespace lanemark {
namespace {

std::string why_not(const Measurement& m, const Error& error) {
  const auto unseen =
      std::ranges::count_if(m.samples, [](Seconds time) { return !(time.count() >= bounds::time.least); });
  if (unseen == 0) return fmt::format("what was measured cannot be recorded: {}", error.what());
  return fmt::format(
      "the clock saw no time pass in {} of {} samples; ask for more work a sample: --mode bandwidth, or larger sizes",
      unseen, m.samples.size());
}

}  // namespace

Measurement recordable(Measurement m) {
  try {
    static_cast<void>(measurement_from_json(to_json(m)));
    return m;
  } catch (const Error& error) {
    Measurement skipped;
    skipped.skipped = why_not(m, error);
    skipped.what = std::move(m.what);
    skipped.device = std::move(m.device);
    skipped.transport = std::move(m.transport);
    skipped.repetition = m.repetition;
    // Wrong data is no better for having taken no time; of right data there is nothing to show.
    if (m.verdict.kind != Verdict::Kind::correct) skipped.verdict = std::move(m.verdict);
    return skipped;
  }
}

}  // namespace lanemark
