// SPDX-License-Identifier: MIT

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "bench/commands/command.hpp"
#include "bench/files/standard_streams.hpp"
#include "bench/measurement/case_filter.hpp"
#include "bench/measurement/exit_code.hpp"
#include "bench/measurement/nothing_measured.hpp"
#include "bench/record/shared_gpus.hpp"
#include "bench/record/store.hpp"
#include "bench/report/console.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

/// Says what is to be known of a launch beside its rows. Whether it is complete.
bool introduced(const std::string& file, const Launch& launch) {
  if (!launch.complete()) {
    say("{} was {}; its {} finished measurements are shown", file, why_cut_off(launch), launch.measurements.size());
  }
  if (const std::string shared = shared_gpus_text(launch.header.gpus); !shared.empty()) say("{}: {}", file, shared);
  if (launch.footer) {
    for (const std::string& taint : launch.footer->taints) say("{} is tainted, do not compare: {}", file, taint);
  }
  return launch.complete();
}

class ReportCommand final : public RecordsCommand {
 public:
  void declare(CLI::App& app) override {
    app.add_option("files", files_, "records (*.jsonl)")->required();
    app.add_option("--filter", filter_, "regular expression over case names");
    app.add_option("--format", format_, "text or markdown")->capture_default_str();
  }

 private:
  ExitCode look() override {
    if (format_ != "text" && format_ != "markdown") {
      throw UsageError(fmt::format("unknown format {}; known: text, markdown", in_quotes(format_)));
    }
    const CaseFilter wanted{filter_};
    std::vector<Measurement> all;
    bool complete = true;
    bool measured = false;
    for (const std::string& file : files_) {
      const Launch launch = read_launch(file);
      complete = introduced(file, launch) && complete;
      measured = measured || !launch.measurements.empty();
      std::ranges::copy_if(launch.measurements, std::back_inserter(all),
                           [&](const Measurement& m) { return wanted(name(m.what)); });
    }
    if (measured && all.empty()) refuse_unmet(filter_, "without --filter lanemark report shows them all");
    show(report(all, format_ == "markdown" ? Format::markdown : Format::text));
    if (exit_code_of(all) == ExitCode::wrong_data) return ExitCode::wrong_data;
    if (exit_code_of(all) == ExitCode::incomplete) throw NothingMeasured(nothing_measured(all));
    return complete ? ExitCode::ok : ExitCode::incomplete;
  }

  std::vector<std::string> files_;
  std::string filter_;
  std::string format_ = "text";
};

const Registered<CommandEntry> report_entry{
    {.name = "report", .what = "tables from records", .order = 4, .make = []() -> std::unique_ptr<Command> {
       return std::make_unique<ReportCommand>();
     }}};

}  // namespace
}  // namespace lanemark
