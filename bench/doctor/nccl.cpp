// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <nccl.h>

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "bench/doctor/part.hpp"
#include "bench/record/environment.hpp"
#include "collectives/backends/nccl_sharing.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

struct Setting {
  std::string_view name;
  std::string_view value;  ///< that makes it worth telling; "" means any
  std::string_view effect;
};

constexpr std::array<Setting, 9> settings{{
    {"NCCL_P2P_DISABLE", "1", "GPUs of a node exchange data through host memory"},
    {"NCCL_SHM_DISABLE", "1", "ranks of a node without direct access exchange data through the network"},
    {"NCCL_IB_DISABLE", "1", "nodes exchange data over TCP, not InfiniBand"},
    {"NCCL_NVLS_ENABLE", "0", "reductions in the NVLink switch are off"},
    {"NCCL_ALGO", "", "the algorithm is fixed for all sizes"},
    {"NCCL_PROTO", "", "the protocol is fixed for all sizes"},
    {"NCCL_MAX_NCHANNELS", "", "the number of channels is limited"},
    {"NCCL_DEBUG", "TRACE", "tracing slows every call down"},
    {"NCCL_LAUNCH_MODE", "GROUP", "all GPUs of a process are launched together"},
}};

void look_at_version(Findings& findings) {
  int loaded = 0;
  if (ncclGetVersion(&loaded) != ncclSuccess) {
    return findings.problem("NCCL does not tell its version", "reinstall NCCL 2.28 or newer");
  }
  const std::string text =
      fmt::format("NCCL {}, built against {}", nccl_version_name(loaded), nccl_version_name(NCCL_VERSION_CODE));
  if (loaded >= NCCL_VERSION_CODE) return findings.ok(text);
  findings.problem(text + ": calls it was built with may be missing",
                   "put the newer NCCL first on LD_LIBRARY_PATH, or build against the installed one");
}

std::vector<Finding> nccl_findings(const World& /*world*/) {
  Findings findings{"nccl"};
  look_at_version(findings);
  const std::map<std::string, std::string> environment = recorded_environment();
  for (const Setting& setting : settings) {
    const auto set = environment.find(std::string{setting.name});
    if (set == environment.end() || (!setting.value.empty() && set->second != setting.value)) continue;
    findings.note(fmt::format("{}={}: {}", setting.name, set->second, setting.effect),
                  fmt::format("unset {} unless that is what you want to measure", setting.name));
  }
  return findings.take();
}

const Registered<DoctorPart> nccl{{.name = "nccl", .order = 6, .run = nccl_findings}};

}  // namespace
}  // namespace lanemark
