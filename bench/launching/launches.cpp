// SPDX-License-Identifier: MIT

#include "bench/launching/launches.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <deque>
#include <fstream>
#include <random>
#include <set>

#include "bench/files/standard_streams.hpp"
#include "bench/launching/launch_arguments.hpp"
#include "bench/launching/launch_files.hpp"
#include "bench/launching/launch_leftovers.hpp"
#include "bench/launching/launcher.hpp"
#include "bench/measurement/exit_code.hpp"
#include "bench/text/characters.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int code(ExitCode exit) { return static_cast<int>(exit); }

void make_folder(const fs::path& folder) {
  std::error_code status;
  fs::create_directories(folder, status);
  if (status) {
    throw UsageError(
        fmt::format("cannot make the folder {}: {}; choose another with --results", folder.string(), status.message()));
  }
  if (const std::size_t there = records(folder).size(); there > 0) {
    say("{} holds {} record{} already, which a comparison of the folder counts too", folder.string(), there,
        there == 1 ? "" : "s");
  }
}

/// The least there is where it cannot be told.
fs::file_time_type changed(const fs::path& file) {
  std::error_code status;
  return fs::last_write_time(file, status);
}

std::string random_id() {
  std::random_device source;
  constexpr unsigned half = 32;
  const std::uint64_t high = source();
  return fmt::format("{:016x}", high << half | source());
}

int verdict(const ProcessResult& ended, bool complete) {
  if (ended.timed_out) return code(ExitCode::timeout);
  constexpr std::array known{ExitCode::usage, ExitCode::wrong_data, ExitCode::timeout};
  for (const ExitCode one : known) {
    if (!ended.signalled && ended.code == code(one)) return code(one);
  }
  return code(ended.code == 0 && complete ? ExitCode::ok : ExitCode::incomplete);
}

bool failed(const LaunchOutcome& launch) {
  return launch.code != code(ExitCode::ok) && launch.code != code(ExitCode::wrong_data);
}

bool failed_alike(const LaunchOutcome& one, const LaunchOutcome& next) {
  if (!failed(one) || one.code != next.code || one.process.timed_out != next.process.timed_out) return false;
  return one.process.timed_out || one.process.code == next.process.code;
}

std::string how_it_ended(const LaunchOutcome& launch, const LaunchPlan& plan) {
  const ProcessResult& process = launch.process;
  if (process.timed_out) {
    return fmt::format("ran past its time limit of {} ({}) and was ended", clock_figure(plan.timeout),
                       plan.timeout_flag);
  }
  if (process.signalled) return fmt::format("was ended by signal {}", process.code - 128);
  if (process.code == 0) return "ended well, but left no whole record";
  // What died leaves no whole record.
  if (process.code == code(ExitCode::incomplete) && launch.record.extension() == ".jsonl") {
    return "measured nothing that counts (exit code 7)";
  }
  return fmt::format("ended with exit code {}", process.code);
}

void show_end_of(const fs::path& log) {
  constexpr std::size_t most = 40;
  std::ifstream file{log};
  std::deque<std::string> last;
  for (std::string line; std::getline(file, line);) {
    last.push_back(line);
    if (last.size() > most) last.pop_front();
  }
  for (const std::string& line : last) put_beside_output(fmt::format("    {}\n", one_line(line)));
}

/// The launches of one build.
struct Turn {
  Build build;
  fs::path program;
  fs::path folder;
  std::string_view title;
  fs::file_time_type built;
  std::uint64_t next_seed;
  bool refused = false;  ///< its first launch
};

class Launches {
 public:
  explicit Launches(const LaunchPlan& plan)
      : plan_{plan}, order_{launch_order(plan.launches, plan.other_build.has_value())} {
    require_mpirun(plan.mpirun);
    if (plan.other_build) {
      add(Build::this_one, plan.program, plan.results / "a", " (this build)");
      add(Build::other, *plan.other_build, plan.results / "b", " (other build)");
    } else {
      add(Build::this_one, plan.program, plan.results, "");
    }
  }

  LaunchesResult run() {
    for (std::size_t number = 0; number < order_.size() && stopped_.empty(); ++number) {
      Turn& turn = turns_.at(order_[number] == Build::this_one ? 0 : 1);
      if (const int signal = stop_.first(); signal != 0) {
        stopped_ = fmt::format("signal {} came", signal);
      } else if (changed(turn.program) != turn.built) {
        stopped_ = fmt::format("{} was replaced meanwhile", turn.program.string());
      } else {
        announce(number, turn);
        try {
          judge(number, turn, launch(number, turn));
        } catch (const UsageError& error) {  // after the first, that is no reason to say nothing of what was measured
          if (done_.empty()) throw;
          stopped_ = error.what();
        }
      }
    }
    if (!stopped_.empty()) say("stopped after {} of {} launches: {}", done_.size(), order_.size(), stopped_);
    for (const Turn& turn : turns_) {
      const auto whole =
          std::ranges::count_if(done_, [&](const LaunchOutcome& one) { return one.build == turn.build && one.whole; });
      say("{} of {} launches{} left a whole record, in {}", whole, plan_.launches, turn.title, turn.folder.string());
      say_what_does_not_count(turn);
    }
    const int exit = exit_code();
    return {.launches = std::move(done_), .code = exit, .stopped = stopped_};
  }

 private:
  /// The gate will not take tainted launches: whoever started many hears of it now, with what would change that.
  void say_what_does_not_count(const Turn& turn) const {
    std::size_t tainted = 0;
    std::string first;
    for (const LaunchOutcome& one : done_) {
      if (one.build != turn.build || one.taints.empty()) continue;
      if (tainted++ == 0) first = one_line(one.taints.front());
    }
    if (tainted == 0) return;
    say("{} of them {} not to be compared, the first as {}; repeat {} when nothing else runs, or say why that is no "
        "matter: --accept-load REASON",
        tainted, tainted == 1 ? "is" : "are", first, tainted == 1 ? "it" : "them");
  }

  void add(Build build, const fs::path& program, const fs::path& folder, std::string_view title) {
    make_folder(folder);
    turns_.push_back({.build = build,
                      .program = program,
                      .folder = folder,
                      .title = title,
                      .built = changed(program),
                      .next_seed = plan_.seed});
  }

  void announce(std::size_t number, const Turn& turn) const {
    std::string time;
    if (number > 0) {
      const Seconds so_far = Clock::now() - start_;
      const auto left = static_cast<double>(order_.size() - number);
      time = fmt::format(", {} so far, about {} to go", clock_figure(so_far),
                         clock_figure(so_far * left / static_cast<double>(number)));
    }
    say("launch {}/{}{}{}", number + 1, order_.size(), turn.title, time);
  }

  LaunchOutcome launch(std::size_t number, Turn& turn) const {
    LaunchOutcome outcome{.build = turn.build, .seed = turn.next_seed++};
    const std::set<fs::path> before = records(turn.folder);
    outcome.log = new_file(turn.folder / fmt::format("launch-{}.log", number + 1));
    const std::string id = random_id();
    ProcessPlan process{.command = mpirun_command(plan_.mpirun, plan_.processes, turn.program,
                                                  launch_arguments(plan_.arguments, turn.folder, outcome.seed)),
                        .environment = mpi_environment(),
                        .output = outcome.log,
                        .timeout = plan_.timeout,
                        .grace = plan_.grace};
    process.environment[launch_id_variable] = id;
    const LaunchLeftovers leftovers;
    outcome.process = run_process(process, stop_);
    if (outcome.process.code != 0) leftovers.remove();
    outcome.record = own_record(turn.folder, before, id, outcome.log);
    if (!outcome.record.empty()) outcome.log = put_beside(outcome.log, outcome.record);
    if (outcome.record.extension() == ".jsonl") {
      RecordedEnd end = recorded_end(outcome.record);
      outcome.whole = end.whole;
      outcome.taints = std::move(end.taints);
    }
    outcome.code = verdict(outcome.process, outcome.whole);
    return outcome;
  }

  void judge(std::size_t number, Turn& turn, LaunchOutcome outcome) {
    const bool first_of_build =
        std::ranges::none_of(done_, [&](const LaunchOutcome& one) { return one.build == outcome.build; });
    if (const int signal = outcome.process.stopped_by; signal != 0) {
      stopped_ = fmt::format("signal {} came", signal);
    } else if (outcome.code != code(ExitCode::ok)) {
      say("launch {}/{}{} {}; the end of {}:", number + 1, order_.size(), turn.title, how_it_ended(outcome, plan_),
          outcome.log.string());
      show_end_of(outcome.log);
      turn.refused = first_of_build && outcome.code == code(ExitCode::usage);
      if (turn.refused) {
        stopped_ = "the others would be refused as well";
      } else if (!done_.empty() && failed_alike(done_.back(), outcome)) {
        stopped_ = "two in a row failed alike";
      }
    }
    done_.push_back(std::move(outcome));
  }

  [[nodiscard]] int exit_code() const {
    constexpr int shells_offset = 128;
    if (stop_.first() != 0) return shells_offset + stop_.first();
    if (std::ranges::any_of(turns_, &Turn::refused)) return code(ExitCode::usage);
    const auto any = [&](ExitCode exit) {
      return std::ranges::find(done_, code(exit), &LaunchOutcome::code) != done_.end();
    };
    for (const ExitCode exit : {ExitCode::wrong_data, ExitCode::timeout}) {
      if (any(exit)) return code(exit);
    }
    const bool all_well = done_.size() == order_.size() && std::ranges::none_of(done_, failed);
    return code(all_well ? ExitCode::ok : ExitCode::incomplete);
  }

  const LaunchPlan& plan_;
  std::vector<Build> order_;
  std::vector<Turn> turns_;
  StopSignals stop_;
  Clock::time_point start_ = Clock::now();
  std::vector<LaunchOutcome> done_;
  std::string stopped_;  ///< why the rest is not run
};

}  // namespace

std::string clock_figure(Seconds time) {
  constexpr std::int64_t sixty = 60;
  constexpr Seconds century = std::chrono::years{100};
  const auto seconds = std::llround(std::min(time, century).count());
  const std::int64_t minutes = seconds / sixty;
  if (minutes == 0) return fmt::format("{} s", seconds);
  if (minutes < sixty) return fmt::format("{} min {} s", minutes, seconds % sixty);
  return fmt::format("{} h {} min", minutes / sixty, minutes % sixty);
}

std::vector<Build> launch_order(int launches, bool with_other) {
  std::vector<Build> order;
  for (int pair = 0; pair < launches; ++pair) {
    const bool other_first = with_other && pair % 2 == 1;
    order.push_back(other_first ? Build::other : Build::this_one);
    if (with_other) order.push_back(other_first ? Build::this_one : Build::other);
  }
  return order;
}

LaunchesResult run_launches(const LaunchPlan& plan) { return Launches{plan}.run(); }

}  // namespace lanemark
