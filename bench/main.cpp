#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "bench/case_filter.hpp"
#include "bench/doctor/doctor.hpp"
#include "bench/gate/baseline_commands.hpp"
#include "bench/gate/comparison_commands.hpp"
#include "bench/gate/history.hpp"
#include "bench/launch_arguments.hpp"
#include "bench/launcher.hpp"
#include "bench/launches.hpp"
#include "bench/options.hpp"
#include "bench/record/store.hpp"
#include "bench/report/console.hpp"
#include "bench/session.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

void complain(const std::exception& error) {
  // Nothing is to be done where standard error is closed.
  static_cast<void>(std::fputs(fmt::format("lanemark: {}\n", error.what()).c_str(), stderr));
  std::fflush(stderr);
}

/// What was said may not have arrived: a full disk, a closed pipe.
ExitCode checked_output(ExitCode code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  complain(Error("standard output could not be written"));
  return code == ExitCode::ok ? ExitCode::internal : code;
}

ExitCode report_files(const Options& options) {
  if (options.format != "text" && options.format != "markdown") {
    throw UsageError(fmt::format("unknown format '{}'; known: text, markdown", options.format));
  }
  const CaseFilter wanted{options.google_benchmark.filter};
  std::vector<Measurement> all;
  bool complete = true;
  for (const std::string& file : options.files) {
    const Launch launch = read_launch(file);
    if (!launch.complete()) {
      fmt::print(stderr, "lanemark: {} was cut off; its {} finished measurements are shown\n", file,
                 launch.measurements.size());
      complete = false;
    }
    if (launch.footer) {
      for (const std::string& taint : launch.footer->taints) {
        fmt::print(stderr, "lanemark: {} is tainted, do not compare: {}\n", file, taint);
      }
    }
    std::ranges::copy_if(launch.measurements, std::back_inserter(all),
                         [&](const Measurement& m) { return wanted(name(m.what)); });
  }
  fmt::print("{}", report(all, options.format == "markdown" ? Format::markdown : Format::text));
  return complete ? ExitCode::ok : ExitCode::incomplete;
}

/// Whether a command only looks at records and baselines: it needs no MPI, so that its exit code arrives.
bool looks_at_records(Command command) {
  return command != Command::run && command != Command::quick && command != Command::list && command != Command::doctor;
}

ExitCode looked_at_records(const Options& options) {
  switch (options.command) {
    case Command::report: return report_files(options);
    case Command::history: return history_command(options.history);
    case Command::gate: return gate_command(options.gate);
    case Command::compare: return compare_command(options.compare);
    case Command::baseline_add: return baseline_add_command(options.baseline);
    case Command::baseline_list: return baseline_list_command(options.baseline);
    case Command::baseline_show: return baseline_show_command(options.baseline);
    case Command::baseline_prune: return baseline_prune_command(options.baseline);
    case Command::calibrate: return calibrate_command(options.calibrate);
    case Command::run:
    case Command::quick:
    case Command::list:
    case Command::doctor: break;
  }
  throw Error("a command that measures was taken for one that looks at records");
}

ExitCode look_at_records(const Options& options) { return checked_output(looked_at_records(options)); }

/// Rank 0 does it and says it once; its exit code on all ranks.
ExitCode look_at_records_together(const Options& options) {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  ExitCode code = ExitCode::internal;
  if (rank == 0) {
    try {
      code = look_at_records(options);
    } catch (const UsageError& error) {
      complain(error);
      code = ExitCode::usage;
    } catch (const std::exception& error) {
      complain(error);
    }
  }
  int number = static_cast<int>(code);
  MPI_Bcast(&number, 1, MPI_INT, 0, MPI_COMM_WORLD);
  return static_cast<ExitCode>(number);
}

/// With MPI up. Errors that all ranks share come out once, from rank 0.
ExitCode run_ranks(ParsedCommandLine& command_line, const std::vector<std::string>& arguments) {
  Device device;
  const World control{MPI_COMM_WORLD, {}};
  agreed(control, [&] { device = choose_device(command_line.options, local_place(MPI_COMM_WORLD)); });
  const World world{MPI_COMM_WORLD, device};
  if (command_line.options.command == Command::doctor) {
    const Diagnosis diagnosis = diagnose(world);
    if (world.is_root()) fmt::print("{}", diagnosis.text);
    return ExitCode::ok;
  }
  return run_suites(command_line, arguments, world);
}

/// Parses on every rank alike, so that a mistake is refused on all of them.
ExitCode run(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  std::optional<ParsedCommandLine> command_line;
  std::exception_ptr mistake;
  try {
    command_line.emplace(parse_command_line(arguments));
    if (under_launcher()) refuse_launches_under_launcher(command_line->options);
  } catch (const UsageError&) {
    mistake = std::current_exception();
  }
  const bool starts_alone = !under_launcher();
  if (starts_alone && mistake) std::rethrow_exception(mistake);
  if (starts_alone && looks_at_records(command_line->options.command)) return look_at_records(command_line->options);
  if (starts_alone && command_line->options.command == Command::quick) {
    const int given = command_line->options.processes;
    start_under_mpirun(given > 0 ? given : usual_processes(), arguments);
  }
  if (starts_alone && command_line->options.launches) {
    return static_cast<ExitCode>(run_launches(plan_launches(command_line->options, arguments)).code);
  }

  const MpiSession session{argc, argv};
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  try {
    if (mistake) std::rethrow_exception(mistake);
    if (looks_at_records(command_line->options.command)) return look_at_records_together(command_line->options);
    return run_ranks(*command_line, arguments);
  } catch (const UsageError& error) {
    if (rank == 0) complain(error);
    return ExitCode::usage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "lanemark: rank {}: {}\n", rank, error.what());
    std::fflush(stderr);
    MPI_Abort(MPI_COMM_WORLD, static_cast<int>(ExitCode::internal));
    return ExitCode::internal;
  }
}

}  // namespace
}  // namespace lanemark

int main(int argc, char** argv) {
  using lanemark::ExitCode;
  ExitCode code = ExitCode::internal;
  try {
    code = lanemark::run(argc, argv);
  } catch (const lanemark::ShowText& text) {
    fmt::print("{}", text.text());
    code = ExitCode::ok;
  } catch (const lanemark::UsageError& error) {
    lanemark::complain(error);
    code = ExitCode::usage;
  } catch (const lanemark::Interrupted& error) {
    lanemark::complain(error);
    return error.exit_code();
  } catch (const std::exception& error) {
    lanemark::complain(error);
  }
  return static_cast<int>(code);
}
