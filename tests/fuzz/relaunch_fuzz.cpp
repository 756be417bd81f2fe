// SPDX-License-Identifier: MIT

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/commands/recorded_command.hpp"
#include "bench/engine/suite.hpp"
#include "kernels/core/error.hpp"
#include "kernels/core/registry.hpp"

// Any lines as the words of a record's command: refused with a UsageError, or a command of which mpirun takes no word
// for its own, which names no file, and which is the same once it is read again.

namespace {

using namespace lanemark;

/// A suite with a flag of each kind that suites have; all of them would have to be built anew.
class SuiteOfFlags final : public Suite {
 public:
  void add_options(CLI::App& app) override {
    CLI::Option_group& group = *app.add_option_group("flags");
    group.add_option("-m,--mode", modes_, "a list")->delimiter(',');
    group.add_option("--root", roots_, "a list of numbers")->delimiter(',');
    group.add_option("-G,--cudagraph", graphs_, "a number");
    group.add_option("--cache", cache_, "a word")->capture_default_str();
    group.add_flag("--pairs", pairs_, "a flag");
    group.add_flag("--graph,!--no-graph", graph_, "a flag that may be unset");
  }
  void make_quick() override {}
  std::vector<PlannedCase> plan(const SuiteContext& /*context*/) override { return {}; }

 private:
  std::vector<std::string> modes_{"latency"};
  std::vector<int> roots_;
  int graphs_ = 0;
  std::string cache_ = "cold";
  bool pairs_ = false;
  std::optional<bool> graph_;
};

const Registered<SuiteEntry> suite{
    {.name = "collectives", .order = 0, .what = "flags", .make = []() -> std::unique_ptr<Suite> {
       return std::make_unique<SuiteOfFlags>();
     }}};

std::vector<std::string> lines(std::string_view text) {
  std::vector<std::string> all;
  for (std::size_t end = 0; end != std::string_view::npos; text.remove_prefix(end + 1)) {
    end = text.find('\n');
    all.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
  }
  return all;
}

/// Flags that no record may set, from whatever they were made.
bool is_forbidden(const std::string& word) {
  constexpr std::string_view flags[] = {
      "--results",    "--seed",           "--progress",      "--launches",         "--np",
      "--interleave", "--launch-timeout", "--benchmark_out", "--benchmark_format", "--benchmark_list_tests"};
  return std::ranges::any_of(flags, [&](std::string_view flag) { return word.starts_with(flag); });
}

bool is_mpiruns(const std::string& word) {
  const bool flag = word.starts_with("--") && word.size() > 2;
  return word == ":" || word.find('\0') != std::string::npos || (word.starts_with('-') && !flag);
}

}  // namespace

// libFuzzer's name for it.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const std::vector<std::string> made = words(recorded_command(lines({reinterpret_cast<const char*>(data), size})));
    if (std::ranges::any_of(made, is_mpiruns) || std::ranges::any_of(made, is_forbidden)) std::abort();
    if (words(recorded_command(made)) != made) std::abort();
  } catch (const lanemark::UsageError&) {
  }
  return 0;
}
