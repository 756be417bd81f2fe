// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include <filesystem>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "bench/doctor/part.hpp"
#include "bench/machine/control_group.hpp"
#include "bench/text/figures.hpp"
#include "kernels/core/device.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

void look_at_memory(Findings& findings) {
  const Bytes total = properties({DeviceKind::host, 0}).memory;
  const std::optional<Bytes> limit = control_group_limits().memory;
  findings.ok(fmt::format("memory {}", amount_figure(total)));
  if (limit && *limit < total) {
    findings.note(fmt::format("the container may use {} of it: larger cases are skipped", amount_figure(*limit)),
                  "raise the container's memory limit (docker --memory) for the largest sizes");
  }
}

void look_at_pinned_memory(Findings& findings) {
  rlimit locked{};
  if (getrlimit(RLIMIT_MEMLOCK, &locked) != 0) return;
  if (locked.rlim_cur == RLIM_INFINITY) return findings.ok("pinned memory is not limited (RLIMIT_MEMLOCK)");
  constexpr Bytes enough = gibibytes(1);
  const std::string text =
      fmt::format("pinned memory is limited to {} (RLIMIT_MEMLOCK)", amount_figure(Bytes{locked.rlim_cur}));
  if (Bytes{locked.rlim_cur} >= enough) return findings.ok(text);
  findings.note(text + ": InfiniBand registers memory against it and fails; CUDA's own pinned memory does not count",
                "ulimit -l unlimited, or docker --ulimit memlock=-1");
}

void look_at_shared_memory(Findings& findings) {
  struct statvfs shm {};
  if (statvfs("/dev/shm", &shm) != 0) {
    return findings.problem("there is no /dev/shm: ranks of a node cannot share memory, so MPI and NCCL use sockets",
                            "mount a tmpfs there (mount -t tmpfs tmpfs /dev/shm)");
  }
  const Bytes free{static_cast<std::uint64_t>(shm.f_bavail) * shm.f_frsize};
  const std::string text = fmt::format("/dev/shm has {} free", amount_figure(free));
  constexpr Bytes enough = mebibytes(256);
  if (free >= enough) return findings.ok(text);
  findings.problem(text + ": NCCL and MPI put their buffers between ranks there and stop when it is full",
                   "docker --shm-size=1g or --ipc=host");
}

void look_at_container(Findings& findings) {
  std::error_code ignored;
  const bool docker = std::filesystem::exists("/.dockerenv", ignored);
  const bool podman = std::filesystem::exists("/run/.containerenv", ignored);
  const bool apptainer = std::filesystem::exists("/.singularity.d", ignored);
  if (docker || podman || apptainer) {
    findings.note(
        fmt::format("this is a container ({}): ranks in different containers of a node need --ipc=host to "
                    "share memory",
                    docker   ? "Docker"
                    : podman ? "Podman"
                             : "Apptainer"));
  }
}

std::vector<Finding> host_findings(const World& /*world*/) {
  Findings findings{"host"};
  look_at_memory(findings);
  look_at_pinned_memory(findings);
  look_at_shared_memory(findings);
  look_at_container(findings);
  return findings.take();
}

const Registered<DoctorPart> host{{.name = "host", .order = 1, .run = host_findings}};

}  // namespace
}  // namespace lanemark
