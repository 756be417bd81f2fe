// SPDX-License-Identifier: MIT

#include "bench/launching/launcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <sys/uio.h>
#include <unistd.h>

#include "bench/launching/launch_leftovers.hpp"
#include "bench/launching/process.hpp"
#include "bench/machine/processor_source.hpp"
#include "bench/record/fields.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/device.hpp"
#include "kernels/core/error.hpp"
#include "kernels/host/threads.hpp"

namespace lanemark {
namespace {

/// Open MPI copies between ranks with this call, which the seccomp filters of containers often refuse.
bool single_copy_is_allowed() {
  char from = 1;
  char to = 0;
  const iovec local{.iov_base = &to, .iov_len = 1};
  const iovec remote{.iov_base = &from, .iov_len = 1};
  return ::process_vm_readv(::getpid(), &local, 1, &remote, 1, 0) == 1;
}

/// "--name=value"; without a value only where that follows.
bool is_flag_of_ours(std::string_view word, bool value_follows) {
  constexpr std::string_view of_names = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  if (!word.starts_with("--")) return false;
  const std::size_t end = word.find_first_not_of(of_names, 2);
  return end == std::string_view::npos ? value_follows && word.size() > 2 : end > 2 && word[end] == '=';
}

}  // namespace

bool under_launcher() {
  constexpr const char* marks[] = {"OMPI_COMM_WORLD_SIZE", "PMI_RANK", "PMIX_RANK"};
  return std::ranges::any_of(marks, [](const char* mark) { return std::getenv(mark) != nullptr; });
}

int usual_processes() {
  if (const int gpus = device_count(DeviceKind::cuda); gpus > 0) return gpus;
  constexpr int most = 4;
  const auto quota = static_cast<int>(SystemProcessors{}.quota().value_or(most));
  return std::clamp(std::min(allowed_processors(), quota), 2, most);
}

std::map<std::string, std::string> mpi_environment() {
  // A rank has a thread for each stream; bound to one core they could not overlap.
  std::map<std::string, std::string> variables{{"OMPI_MCA_rmaps_base_oversubscribe", "1"},
                                               {"OMPI_MCA_hwloc_base_binding_policy", "none"}};
  if (::geteuid() == 0) {
    variables.emplace("OMPI_ALLOW_RUN_AS_ROOT", "1");
    variables.emplace("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
  }
  if (!single_copy_is_allowed()) variables.emplace("OMPI_MCA_btl_vader_single_copy_mechanism", "none");
  std::erase_if(variables, [](const auto& variable) { return std::getenv(variable.first.c_str()) != nullptr; });
  return variables;
}

std::optional<std::string> given_launch_id() {
  const char* const given = std::getenv(launch_id_variable);
  if (given == nullptr) return std::nullopt;
  return is_id(given) ? std::optional<std::string>{given} : std::nullopt;
}

void require_mpirun(const std::string& mpirun) {
  const auto can_be_started = [](const std::filesystem::path& program) {
    std::error_code status;
    return std::filesystem::is_regular_file(program, status) && ::access(program.c_str(), X_OK) == 0;
  };
  if (mpirun.find('/') != std::string::npos) {
    if (can_be_started(mpirun)) return;
    throw UsageError(fmt::format("{} is no program; {}", mpirun, no_mpirun_cure));
  }
  const char* const path = std::getenv("PATH");
  std::istringstream folders{path == nullptr ? "/bin:/usr/bin" : path};
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (can_be_started(std::filesystem::path{folder} / mpirun)) return;
  }
  throw UsageError(fmt::format("{} is not in PATH; {}", mpirun, no_mpirun_cure));
}

std::string this_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

std::vector<std::string> mpirun_command(const std::string& mpirun, int processes, const std::filesystem::path& program,
                                        const std::vector<std::string>& arguments) {
  std::vector<std::string> command{mpirun, "-np", fmt::format("{}", processes), program.string()};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    const bool empty_follows = i + 1 < arguments.size() && arguments[i + 1].empty();
    if (word == ":" || word.find('\0') != std::string::npos ||
        (word.starts_with('-') && !is_flag_of_ours(word, empty_follows))) {
      throw UsageError(
          fmt::format("mpirun would take the word {} for its own; give flags as --flag=value", in_quotes(word)));
    }
    command.push_back(word);
  }
  if (!program.is_absolute()) throw UsageError(fmt::format("{} is no absolute path", shown(program.string())));
  return command;
}

int run_under_mpirun(int processes, const std::vector<std::string>& arguments) {
  const ProcessPlan plan{.command = mpirun_command("mpirun", processes, this_program(), arguments),
                         .environment = mpi_environment()};
  require_mpirun(plan.command.front());
  const StopSignals stop;
  const LaunchLeftovers leftovers;
  const ProcessResult ended = run_process(plan, stop);
  if (ended.code != 0) leftovers.remove();
  constexpr int shells_offset = 128;
  return ended.stopped_by != 0 ? shells_offset + ended.stopped_by : ended.code;
}

}  // namespace lanemark
