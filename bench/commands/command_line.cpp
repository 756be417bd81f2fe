// SPDX-License-Identifier: MIT

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bench/commands/command.hpp"
#include "bench/commands/parser.hpp"
#include "bench/engine/suite.hpp"
#include "kernels/core/error.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

template <class Entry>
std::vector<const Entry*> in_order() {
  std::vector<const Entry*> all = Registry<Entry>::all();
  std::ranges::stable_sort(all, {}, &Entry::order);
  return all;
}

}  // namespace

std::unique_ptr<Command> parse_command_line(const std::vector<std::string>& arguments) {
  std::string suites;
  for (const SuiteEntry* one : in_order<SuiteEntry>()) suites += fmt::format("  {:<12} {}\n", one->name, one->what);
  CLI::App app{
      "lanemark measures collective communication, transfers and training-step scaling.\nStart it with "
      "mpirun -np N lanemark run SUITE…, or try lanemark quick.\n\nSuites:\n" +
      suites};
  app.set_version_flag("--version", "lanemark " LANEMARK_VERSION);
  app.require_subcommand(1);

  std::map<const CLI::App*, std::unique_ptr<Command>> commands;
  for (const CommandEntry* entry : in_order<CommandEntry>()) {
    CLI::App* const flags = app.add_subcommand(std::string{entry->name}, std::string{entry->what});
    std::unique_ptr<Command>& command = commands[flags];
    command = entry->make();
    command->declare(*flags);
  }
  CommandWords words{.all = arguments, .of_google_benchmark = {}};
  std::vector<std::string> others = arguments;
  words.of_google_benchmark = take_google_benchmark_flags(others);
  parse(app, std::move(others));
  const CLI::App* const chosen = app.get_subcommands().front();
  std::unique_ptr<Command> command = std::move(commands.at(chosen));
  command->accept(words, *chosen);
  return command;
}

}  // namespace lanemark
