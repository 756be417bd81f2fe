// SPDX-License-Identifier: MIT

#include "bench/measurement/nothing_measured.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench/measurement/exit_code.hpp"
#include "bench/text/characters.hpp"

namespace lanemark {

bool anything_counts(std::span<const Measurement> all) { return std::ranges::any_of(all, presentable); }

ExitCode exit_code_of(std::span<const Measurement> all) {
  if (std::ranges::any_of(all, [](const Measurement& m) { return m.verdict.kind == Verdict::Kind::wrong; })) {
    return ExitCode::wrong_data;
  }
  return anything_counts(all) ? ExitCode::ok : ExitCode::incomplete;
}

std::string nothing_measured(std::span<const Measurement> all) {
  constexpr std::string_view cure =
      "lanemark list names the cases there are, lanemark doctor says what is missing here";
  const auto skipped = std::ranges::find_if(all, [](const Measurement& m) { return !m.skipped.empty(); });
  if (skipped == all.end()) {
    return fmt::format("nothing that counts was measured: {}; {}",
                       all.empty() ? "there is no case" : "no case has a sample", cure);
  }
  const auto count = std::ranges::count_if(all, [](const Measurement& m) { return !m.skipped.empty(); });
  return fmt::format(
      "nothing that counts was measured: {} of {} case{} skipped, first {} ({}); ask for what can be done "
      "here: {}",
      count, all.size(), all.size() == 1 ? " was" : "s were", one_line(name(skipped->what)), one_line(skipped->skipped),
      cure);
}

}  // namespace lanemark
