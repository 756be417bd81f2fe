#include "bench/launcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <sys/uio.h>
#include <unistd.h>

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

}  // namespace

bool under_launcher() {
  constexpr const char* marks[] = {"OMPI_COMM_WORLD_SIZE", "PMI_RANK", "PMIX_RANK"};
  return std::ranges::any_of(marks, [](const char* mark) { return std::getenv(mark) != nullptr; });
}

int usual_processes() {
  if (const int gpus = device_count(DeviceKind::cuda); gpus > 0) return gpus;
  return std::clamp(allowed_processors(), 2, 4);
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
  constexpr std::size_t digits = 16;
  const char* const given = std::getenv(launch_id_variable);
  if (given == nullptr) return std::nullopt;
  const std::string_view id{given};
  if (id.size() != digits || id.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  return std::string{id};
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

void start_under_mpirun(int processes, const std::vector<std::string>& arguments) {
  for (const auto& [name, value] : mpi_environment()) ::setenv(name.c_str(), value.c_str(), 1);
  std::vector<std::string> command{"mpirun", "-np", fmt::format("{}", processes), this_program()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  pointers.reserve(command.size() + 1);
  for (std::string& word : command) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execvp(pointers.front(), pointers.data());
  throw UsageError(fmt::format("mpirun cannot be started: {}; {}", std::strerror(errno), no_mpirun_cure));
}

}  // namespace lanemark
