// SPDX-License-Identifier: MIT

#include "collectives/core/mpi_session.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

#include "collectives/core/mpi_check.hpp"
#include "collectives/core/world.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

std::string library_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  check(MPI_Get_library_version(text.data(), &length));
  const std::string whole(text.data(), static_cast<std::size_t>(length));
  return whole.substr(0, whole.find_first_of(",\n"));
}

int world_size() {
  int size = 0;
  check(MPI_Comm_size(MPI_COMM_WORLD, &size));
  return size;
}

}  // namespace

std::optional<int> unseen_processes(const std::function<const char*(const char*)>& variable, int world_size) {
  if (world_size > 1) return std::nullopt;
  const auto number = [&](const char* name) {
    const char* const text = variable(name);
    return text == nullptr ? 0 : std::atoi(text);
  };
  bool launcher_spoke = false;
  for (const char* const name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "MPI_LOCALNRANKS"}) {
    if (number(name) > 1) return number(name);
    launcher_spoke = launcher_spoke || variable(name) != nullptr;
  }
  // An allocation's shell has SLURM's task count too; only a step started by srun has this rank's place in it. And
  // mpirun's daemons are such a step themselves, so that what mpirun says of its ranks goes first.
  const bool in_step = !launcher_spoke && variable("SLURM_PROCID") != nullptr;
  if (in_step && number("SLURM_STEP_NUM_TASKS") > 1) return number("SLURM_STEP_NUM_TASKS");
  return std::nullopt;
}

MpiSession::MpiSession(int& argc, char**& argv) {
  // Streams of the host device call MPI from threads of their own, one at a time.
  int provided = MPI_THREAD_SINGLE;
  check(MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided));
  check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN));
  if (provided < MPI_THREAD_SERIALIZED) {
    const std::string library = library_version();
    MPI_Finalize();
    throw UsageError(fmt::format("{} gives no thread support; lanemark needs an MPI built with it", library));
  }
  if (const auto processes = unseen_processes([](const char* name) { return std::getenv(name); }, world_size())) {
    const std::string library = library_version();
    MPI_Finalize();
    throw UsageError(
        fmt::format("the launcher started {} processes, but each sees an MPI world of one: the launcher "
                    "is not that of {}, for which this program was built. Start it with that MPI's own "
                    "mpirun (with srun: --mpi=pmix)",
                    *processes, library));
  }
}

MpiSession::~MpiSession() {
  int finalized = 0;
  if (MPI_Finalized(&finalized) == MPI_SUCCESS && finalized == 0) MPI_Finalize();
}

}  // namespace lanemark
