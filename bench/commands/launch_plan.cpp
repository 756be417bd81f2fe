// SPDX-License-Identifier: MIT

#include "bench/commands/launch_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <unistd.h>

#include "bench/launching/launcher.hpp"
#include "bench/text/quantities.hpp"
#include "collectives/core/mpi_session.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

int processes(const MeasuringOptions& options) {
  const int most = options.ranks.empty() ? 0 : std::ranges::max(options.ranks);
  if (options.processes == 0) return most > 0 ? most : usual_processes();
  if (options.processes < most) {
    throw UsageError(
        fmt::format("--ranks {}, but --np {}: give --np {}, or leave it off", most, options.processes, most));
  }
  return options.processes;
}

std::filesystem::path checked_build(const std::string& path) {
  if (std::filesystem::is_regular_file(path) && ::access(path.c_str(), X_OK) == 0) {
    return std::filesystem::canonical(path);
  }
  throw UsageError(fmt::format("--interleave {}: not a program; give the lanemark of the other build's folder", path));
}

}  // namespace

LaunchPlan plan_launches(const MeasuringLine& parsed) {
  const MeasuringOptions& options = parsed.options;
  if (const auto others = unseen_processes([](const char* name) { return std::getenv(name); }, 1)) {
    throw UsageError(
        fmt::format("--launches starts mpirun by itself, but a launcher has started {} of this process; "
                    "start one, without it",
                    *others));
  }
  if (options.google_benchmark.list || !options.google_benchmark.reports.out.empty()) {
    throw UsageError(
        "--benchmark_out would be written over by each launch, and --benchmark_list_tests measures nothing; leave them "
        "off with --launches");
  }
  const auto differs = [](const GivenFlag& one) { return one.name == "--results" || one.name == "--seed"; };
  LaunchPlan plan{.program = this_program(),
                  .arguments = words(without(launch_command(parsed), differs)),
                  .processes = processes(options),
                  .launches = options.launches.value_or(1),
                  .results = options.results,
                  .seed = options.seed};
  if (!options.other_build.empty()) plan.other_build = checked_build(options.other_build);
  if (!options.launch_timeout.empty()) plan.timeout = parse_duration(options.launch_timeout);
  return plan;
}

void refuse_under_launcher(std::string_view flag) {
  throw UsageError(fmt::format(
      "{} starts mpirun by itself, but this process was started by a launcher; start lanemark without one", flag));
}

void refuse_launches_under_launcher(const MeasuringLine& line) {
  if (line.purpose == Purpose::quick && line.options.processes != 0) {
    throw UsageError(
        "--np is of launches that lanemark starts, but this process was started by a launcher, with as many ranks as "
        "there are; leave it off");
  }
  if (!asks_for_launches(line.options)) return;
  throw UsageError(
      "--launches starts mpirun by itself, but this process was started by a launcher; start lanemark without one, or "
      "put a loop round your own: for i in $(seq 10); do srun --mpi=pmix lanemark run … --seed $i; done");
}

}  // namespace lanemark
