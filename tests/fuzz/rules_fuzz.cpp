// SPDX-License-Identifier: MIT

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "bench/gate/rules.hpp"
#include "kernels/core/error.hpp"

// Any bytes as a file of rules: refused with a UsageError, or rules that can be held against cases.

namespace {

using namespace lanemark;

std::array<Measurement, 2> cases() {
  Measurement collective;
  collective.what = {.suite = "collectives",
                     .operation = "all_reduce",
                     .backend = "nccl",
                     .dtype = "float",
                     .size = Bytes{1U << 30U},
                     .mode = "bandwidth",
                     .labels = {{"cache", "warm"}, {"cap", "25MiB"}},
                     .ranks = 4};
  collective.device = "cuda";
  collective.transport = "device buffers";
  collective.work.bytes = *collective.what.size;
  collective.samples = {Seconds{1e-3}, Seconds{2e-3}};
  Measurement skipped = collective;
  skipped.skipped = "did not fit";
  skipped.what.operation = "broadcast";
  return {collective, skipped};
}

void read(std::string_view text) {
  static const std::array<Measurement, 2> measured = cases();
  const Rules rules = rules_from_text(text, "rules");
  // A rule that speaks of nothing has a verdict too.
  if (evaluate(rules, measured).size() < rules.rules.size()) std::abort();
}

/// The rule alone, which the fuzzer would seldom get into whole JSON.
void parse(std::string_view text) {
  const Rule rule = parse_rule(text);
  for (const Measurement& m : cases()) {
    for (const Condition& condition : rule.where) static_cast<void>(holds(condition, m));
  }
}

}  // namespace

// libFuzzer's name for it.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  for (const auto reader : {read, parse}) {
    try {
      reader(text);
    } catch (const lanemark::UsageError&) {
    }
  }
  return 0;
}
