// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <vector>

#include "bench/commands/command.hpp"
#include "bench/commands/measuring_flags.hpp"
#include "bench/measurement/exit_code.hpp"

namespace lanemark {

/// A command that plans cases on all ranks, and measures them or not.
class MeasuringCommand : public Command {
 public:
  explicit MeasuringCommand(Purpose purpose) : line_{purpose} {}

  void declare(CLI::App& app) override { lanemark::declare(app, line_); }
  void accept(const CommandWords& words, const CLI::App& app) override;
  void require_no_launcher() const override;
  [[nodiscard]] double timeout() const override { return line_.options.timeout; }
  std::optional<int> run_alone() final;
  ExitCode run_together(const World& control, Watchdog& watchdog) final;

 private:
  /// What it starts itself where no launcher has started it: the exit code of that, or nothing where this process goes
  /// on alone.
  [[nodiscard]] virtual std::optional<int> start_launches(const MeasuringLine& line) const = 0;

  MeasuringLine line_;
  std::vector<std::string> words_;  ///< as they were given
};

}  // namespace lanemark
