// SPDX-License-Identifier: MIT

#include "bench/commands/parser.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "bench/engine/given_flags.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// Whether some command below has a flag of this name, with its dashes, that takes a value.
bool takes_value(const CLI::App& app, const std::string& flag) {
  const auto named = [&](const CLI::Option* one) { return one->check_name(flag) && one->get_items_expected_max() > 0; };
  return std::ranges::any_of(app.get_options(), named) ||
         std::ranges::any_of(app.get_subcommands([](const CLI::App*) { return true; }),
                             [&](const CLI::App* below) { return takes_value(*below, flag); });
}

/// CLI11 takes an empty word that is no flag's value for the name of a group of flags, which has none, and looks for it
/// without end.
void require_no_empty_word(const CLI::App& app, const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool behind_flag = i > 0 && words[i - 1].starts_with('-') && takes_value(app, words[i - 1]);
    if (!words[i].empty() || behind_flag) continue;
    throw UsageError(fmt::format("word {} of the command line is empty and no flag's value; leave it off", i + 1));
  }
}

}  // namespace

void parse(CLI::App& app, std::vector<std::string> words) {
  require_plain_numbers(app);
  require_no_empty_word(app, words);
  std::ranges::reverse(words);  // as CLI11 takes them
  try {
    app.parse(words);
    drop_repeated_values(app);
  } catch (const CLI::CallForHelp&) {
    const CLI::App* asked = &app;
    while (!asked->get_subcommands().empty()) asked = asked->get_subcommands().front();
    throw ShowText(asked->help());
  } catch (const CLI::CallForVersion& version) {
    throw ShowText(std::string{version.what()} + '\n');
  } catch (const CLI::ParseError& error) {
    throw UsageError(fmt::format("{}; see lanemark --help", error.what()));
  }
}

}  // namespace lanemark
