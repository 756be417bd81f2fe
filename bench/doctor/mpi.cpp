// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <mpi.h>
#if __has_include(<mpi-ext.h>)
#include <mpi-ext.h>
#endif

#include <array>
#include <cstdlib>

#include "bench/doctor/part.hpp"
#include "bench/record/versions.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

/// Whether a launcher of this kind started the process; their variables are how MPI itself tells.
bool launched() {
  constexpr std::array names{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK", "SLURM_PROCID"};
  for (const char* name : names) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets variables while it runs
    if (std::getenv(name) != nullptr) return true;
  }
  return false;
}

bool cuda_aware() {
#ifdef MPIX_CUDA_AWARE_SUPPORT
  return MPIX_Query_cuda_support() != 0;
#else
  return false;
#endif
}

std::vector<Finding> mpi_findings(const World& world) {
  Findings findings{"mpi"};
  findings.ok(fmt::format("{}, {} rank{} on {} node{}", versions().at("mpi"), world.size(),
                          world.size() == 1 ? "" : "s", world.nodes(), world.nodes() == 1 ? "" : "s"));
  if (!launched()) {
    findings.note("not started by mpirun or srun: the world is one rank, nothing crosses between ranks",
                  "mpirun -np <ranks> lanemark doctor");
  }
  if (cuda_aware()) {
    findings.ok("CUDA-aware: MPI takes GPU memory directly");
  } else {
    findings.note("not CUDA-aware: over MPI, GPU data goes through host memory (backend mpi_staged)",
                  "measure NCCL for GPU memory; for a direct MPI build Open MPI with --with-cuda or UCX with CUDA");
  }
  return findings.take();
}

const Registered<DoctorPart> mpi{{.name = "mpi", .order = 2, .run = mpi_findings}};

}  // namespace
}  // namespace lanemark
