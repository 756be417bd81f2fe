// SPDX-License-Identifier: MIT

#include "bench/commands/recorded_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "bench/commands/measuring_flags.hpp"
#include "bench/commands/parser.hpp"
#include "bench/text/characters.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

[[noreturn]] void refuse(std::string_view why) {
  throw UsageError(
      fmt::format("the record's command is refused: {}; measure with lanemark run, by a command of your own", why));
}

/// What no command line of a launch has, whatever the flags mean.
void require_plain_words(const std::vector<std::string>& recorded) {
  constexpr std::size_t most_bytes = 130'000;  // more than a filter may have
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    const std::string& word = recorded[i];
    bytes += word.size() + 1;
    if (std::ranges::any_of(characters_of(word), [](const Character& one) { return is_control(one.code); })) {
      refuse(fmt::format("the word {} has control characters", in_quotes(word)));
    }
    // As a filter it may stand there; behind another flag, or alone, it was meant for mpirun.
    if (word == ":" && (i == 0 || recorded[i - 1] != "--filter")) {
      refuse("the word ':' is no value of a flag; behind it mpirun would start another program");
    }
  }
  if (bytes > most_bytes) refuse(fmt::format("it has {} bytes", bytes));
}

MeasuringLine parsed(const std::vector<std::string>& words) {
  try {
    return parse_measuring_line(words);
  } catch (const Error& error) {
    refuse(shown(error.what()));
  } catch (const ShowText&) {
    refuse("it asks for help or the version and measures nothing");
  }
}

LaunchCommand of_measurement(const MeasuringLine& line) {
  return without(launch_command(line), [](const GivenFlag& one) { return one.use != FlagUse::measurement; });
}

}  // namespace

LaunchCommand recorded_command(const std::vector<std::string>& recorded) {
  require_plain_words(recorded);
  if (recorded.empty()) refuse("it is empty");
  if (recorded.front() != "run" && recorded.front() != "quick") {
    refuse(fmt::format("{} measures nothing; only lanemark run and quick leave records", in_quotes(recorded.front())));
  }
  const MeasuringLine line = parsed(recorded);
  const MeasuringOptions& options = line.options;
  if (!options.sizes_file.empty()) {
    refuse(fmt::format("it names a file ({}), and a record's sizes stand in --sizes",
                       in_quotes("--sizes-file " + options.sizes_file)));
  }
  if (options.google_benchmark.list) refuse("--benchmark_list_tests measures nothing");
  if (asks_for_launches(options)) {
    refuse(fmt::format("it starts launches itself (--launches {}{}), and no record is of more than one",
                       *options.launches, options.other_build.empty() ? "" : " --interleave"));
  }
  LaunchCommand command = of_measurement(line);
  // A launch must understand what this program did.
  if (of_measurement(parsed(words(command))) != command) refuse("it does not mean the same when it is read again");
  return command;
}

std::vector<std::string> command_to_keep(const std::vector<std::string>& recorded) {
  try {
    return words(recorded_command(recorded));
  } catch (const UsageError&) {
    return {};
  }
}

}  // namespace lanemark
