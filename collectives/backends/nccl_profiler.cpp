// SPDX-License-Identifier: MIT

// NCCL's profiler plugin interface, version 4 (NCCL 2.27 and newer), served from the program itself: NCCL looks the
// symbol ncclProfiler_v4 up in the executable when NCCL_PROFILER_PLUGIN says STATIC_PLUGIN. The types below follow that
// interface's layout (ext-profiler in NCCL's sources), of which only the descriptions of collectives and of messages
// are read.

#include "collectives/backends/nccl_profiler.hpp"

#include <nccl.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>

namespace lanemark {
namespace {

constexpr std::uint8_t collective_event = 1U << 1U;
constexpr std::uint8_t message_event = 1U << 2U;

struct CollectiveEvent {
  std::uint64_t sequence;
  const char* function;
  const void* send;
  void* receive;
  std::size_t count;
  int root;
  const char* type;
  std::uint8_t channels;
  std::uint8_t warps;
  const char* algorithm;
  const char* protocol;
};

struct MessageEvent {
  const char* function;
  void* buffer;
  const char* type;
  std::size_t count;
  int peer;
  std::uint8_t channels;
};

struct Event {
  std::uint8_t type;
  void* parent;
  int rank;
  union {
    CollectiveEvent collective;
    MessageEvent message;
  };
};

struct Profiler {
  const char* name;
  ncclResult_t (*init)(void** context, int* activation_mask, const char* communicator, std::uint64_t communicator_id,
                       int nodes, int ranks, int rank, void* logger);
  ncclResult_t (*start)(void* context, void** handle, const Event* event);
  ncclResult_t (*stop)(void* handle);
  ncclResult_t (*record_state)(void* handle, int state, void* arguments);
  ncclResult_t (*finalize)(void* context);
};

/// What NCCL said while it was asked. Its calls come from its own threads and ours.
struct Reports {
  std::mutex mutex;
  int* activation_mask = nullptr;  ///< NCCL's own variable, one for the process
  std::optional<Route> collective;
  std::optional<Route> message;
};

Reports& reports() {
  static Reports all;
  return all;
}

std::string text(const char* from_nccl) { return from_nccl == nullptr ? std::string{} : std::string{from_nccl}; }

ncclResult_t init(void** context, int* activation_mask, const char* /*communicator*/, std::uint64_t /*id*/,
                  int /*nodes*/, int /*ranks*/, int /*rank*/, void* /*logger*/) {
  *context = &reports();
  const std::lock_guard lock{reports().mutex};
  reports().activation_mask = activation_mask;
  return ncclSuccess;
}

ncclResult_t start(void* /*context*/, void** handle, const Event* event) {
  *handle = nullptr;
  const std::lock_guard lock{reports().mutex};
  if (event->type == collective_event && !reports().collective) {
    reports().collective = Route{.algorithm = text(event->collective.algorithm),
                                 .protocol = text(event->collective.protocol),
                                 .channels = event->collective.channels};
  } else if (event->type == message_event) {
    const int before = reports().message ? reports().message->channels : 0;
    reports().message = Route{
        .algorithm = "P2P", .protocol = {}, .channels = std::max(before, static_cast<int>(event->message.channels))};
  }
  return ncclSuccess;
}

ncclResult_t stop(void* /*handle*/) { return ncclSuccess; }
ncclResult_t record_state(void* /*handle*/, int /*state*/, void* /*arguments*/) { return ncclSuccess; }
ncclResult_t finalize(void* /*context*/) { return ncclSuccess; }

void set_mask(int mask) {
  const std::lock_guard lock{reports().mutex};
  if (reports().activation_mask != nullptr) std::atomic_ref{*reports().activation_mask}.store(mask);
}

}  // namespace

void serve_nccl_profiler() { static_cast<void>(setenv("NCCL_PROFILER_PLUGIN", "STATIC_PLUGIN", 0)); }

NcclObservation::NcclObservation() {
  {
    const std::lock_guard lock{reports().mutex};
    reports().collective.reset();
    reports().message.reset();
  }
  set_mask(collective_event | message_event);
}

NcclObservation::~NcclObservation() { set_mask(0); }

std::optional<Route> NcclObservation::route() const {
  const std::lock_guard lock{reports().mutex};
  return reports().collective ? reports().collective : reports().message;
}

}  // namespace lanemark

extern "C" {
// NCCL's name for it.
// NOLINTNEXTLINE(readability-identifier-naming)
extern const lanemark::Profiler ncclProfiler_v4;
const lanemark::Profiler ncclProfiler_v4{.name = "lanemark",
                                         .init = lanemark::init,
                                         .start = lanemark::start,
                                         .stop = lanemark::stop,
                                         .record_state = lanemark::record_state,
                                         .finalize = lanemark::finalize};
}
