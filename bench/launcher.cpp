#include "bench/launcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
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

/// Keeps what the user has set.
void set_default(const char* variable, const char* value) { ::setenv(variable, value, 0); }

void prepare_environment() {
  if (::geteuid() == 0) {
    set_default("OMPI_ALLOW_RUN_AS_ROOT", "1");
    set_default("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
  }
  set_default("OMPI_MCA_rmaps_base_oversubscribe", "1");
  // A rank has a thread for each stream; on one core they could not overlap.
  set_default("OMPI_MCA_hwloc_base_binding_policy", "none");
  if (!single_copy_is_allowed()) set_default("OMPI_MCA_btl_vader_single_copy_mechanism", "none");
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

void start_under_mpirun(int processes, const std::vector<std::string>& arguments) {
  prepare_environment();
  std::vector<std::string> command{"mpirun", "-np", fmt::format("{}", processes),
                                   std::filesystem::read_symlink("/proc/self/exe").string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  pointers.reserve(command.size() + 1);
  for (std::string& word : command) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execvp(pointers.front(), pointers.data());
  throw UsageError(
      fmt::format("mpirun cannot be started ({}); install Open MPI (Debian, Ubuntu: openmpi-bin) or start "
                  "lanemark run under your own launcher",
                  std::strerror(errno)));
}

}  // namespace lanemark
