#include "bench/launch_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <unistd.h>

#include "bench/launcher.hpp"
#include "collectives/core/mpi_session.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

constexpr std::array<std::string_view, 6> of_one_launch{"--launches",       "--np",      "--interleave",
                                                        "--launch-timeout", "--results", "--seed"};

int processes(const Options& options) {
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

LaunchPlan plan_launches(const Options& options, const std::vector<std::string>& arguments) {
  if (const auto others = unseen_processes([](const char* name) { return std::getenv(name); }, 1)) {
    throw UsageError(
        fmt::format("--launches starts mpirun by itself, but a launcher has started {} of this process; "
                    "start one, without it",
                    *others));
  }
  if (options.google_benchmark.list || !options.google_benchmark.out.empty()) {
    throw UsageError(
        "--benchmark_out would be written over by each launch, and --benchmark_list_tests measures nothing; leave them "
        "off with --launches");
  }
  LaunchPlan plan{.program = this_program(),
                  .arguments = shared_arguments(arguments),
                  .processes = processes(options),
                  .launches = options.launches.value_or(1),
                  .results = options.results,
                  .seed = options.seed};
  if (!options.other_build.empty()) plan.other_build = checked_build(options.other_build);
  if (!options.launch_timeout.empty()) plan.timeout = parse_duration(options.launch_timeout);
  return plan;
}

void refuse_launches_under_launcher(const Options& options) {
  const bool confirms = options.command == Command::gate && options.gate.confirm > 0;
  const bool calibrates = options.command == Command::calibrate && options.calibrate.launches > 0;
  if (confirms || calibrates) {
    throw UsageError(
        fmt::format("{} starts mpirun by itself, but this process was started by a launcher; start "
                    "lanemark without one",
                    confirms ? "--confirm" : "--launches"));
  }
  if (!options.launches) return;
  const bool one = *options.launches == 1 && options.other_build.empty();
  if (one && options.processes == 0 && options.launch_timeout.empty()) return;
  throw UsageError(
      "--launches starts mpirun by itself, but this process was started by a launcher; start lanemark without one, or "
      "put a loop round your own: for i in $(seq 10); do srun --mpi=pmix lanemark run … --seed $i; done");
}

std::vector<std::string> without(const std::vector<std::string>& arguments, std::span<const std::string_view> flags) {
  if (arguments.empty()) return {};
  enum class Next { kept, value, moved };
  Next next = Next::kept;  // of a word that is no flag
  std::vector<std::string> front{arguments.front()};
  std::vector<std::string> rest;
  for (auto word = arguments.begin() + 1; word != arguments.end(); ++word) {
    const std::size_t equals = word->find('=');
    const bool removed = std::ranges::find(flags, word->substr(0, equals)) != flags.end();
    if (word->starts_with("--benchmark_")) {  // read before the others, and with "=" alone
      if (!removed) rest.push_back(*word);
    } else if (next == Next::value || *word == "--") {
      next = Next::moved;
    } else if (word->size() > 1 && word->front() == '-') {
      const bool has_value = equals != std::string::npos && equals + 1 < word->size();
      if (removed) {
        next = has_value ? Next::moved : Next::value;
      } else {
        next = Next::kept;
        rest.push_back(*word);
      }
    } else {
      (next == Next::moved ? front : rest).push_back(*word);
    }
  }
  front.insert(front.end(), rest.begin(), rest.end());
  return front;
}

std::vector<std::string> with(std::vector<std::string> arguments, const std::vector<std::string>& flags) {
  const auto command = std::ranges::find(arguments, "run");
  arguments.insert(command == arguments.end() ? command : command + 1, flags.begin(), flags.end());
  return arguments;
}

std::vector<std::string> shared_arguments(const std::vector<std::string>& arguments) {
  return without(arguments, of_one_launch);
}

std::vector<std::string> launch_arguments(const std::vector<std::string>& shared, const std::filesystem::path& results,
                                          std::uint64_t seed) {
  return with(shared, {"--results=" + results.string(), fmt::format("--seed={}", seed)});
}

}  // namespace lanemark
