// SPDX-License-Identifier: MIT

#include "kernels/host/threads.hpp"

#include <cblas.h>

#include <algorithm>
#include <sched.h>
#include <unistd.h>

namespace lanemark {

void set_host_threads(int threads) { openblas_set_num_threads(std::max(1, threads)); }

int allowed_processors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return std::max(1, CPU_COUNT(&allowed));
  // More processors than the fixed set holds: all that are there.
  return static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
}

}  // namespace lanemark
