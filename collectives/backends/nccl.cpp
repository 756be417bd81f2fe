// SPDX-License-Identifier: MIT

// Device buffers over NCCL, one communicator a rank and GPU.

#include "collectives/backends/nccl.hpp"

#include <cuda_runtime_api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "collectives/backends/nccl_profiler.hpp"
#include "collectives/backends/nccl_sharing.hpp"
#include "collectives/collectives.hpp"
#include "collectives/core/communicator.hpp"
#include "collectives/core/mpi_check.hpp"
#include "kernels/core/handle.hpp"
#include "kernels/core/refusal.hpp"
#include "kernels/cuda/device_guard.hpp"

namespace lanemark {
namespace {

constexpr int oldest_version = 22800;

std::string_view cure(ncclResult_t status) {
  switch (status) {
    case ncclUnhandledCudaError: return "; usually a GPU out of memory or an earlier failed kernel";
    case ncclSystemError: return "; usually /dev/shm is too small or no network interface fits (NCCL_SOCKET_IFNAME)";
    case ncclRemoteError: return "; another rank failed first";
    case ncclInvalidUsage: return "; usually two ranks share a GPU";
    default: return "";
  }
}

ncclDataType_t nccl_type(DType dtype) {
  constexpr std::array<ncclDataType_t, all_dtypes.size()> types{ncclInt8,       ncclUint8,     ncclInt32,   ncclInt64,
                                                                ncclFloat16,    ncclBfloat16,  ncclFloat32, ncclFloat64,
                                                                ncclFloat8e4m3, ncclFloat8e5m2};
  return types[static_cast<std::size_t>(dtype)];
}

ncclRedOp_t nccl_op(ReduceOp op) {
  constexpr std::array<ncclRedOp_t, all_reduce_ops.size()> ops{ncclSum, ncclProd, ncclMin, ncclMax, ncclAvg};
  return ops[static_cast<std::size_t>(op)];
}

cudaStream_t cuda_stream(StreamRef stream) { return static_cast<cudaStream_t>(stream.native()); }

/// The root's, on all. Where the root cannot make one, all ranks throw, instead of waiting for it.
ncclUniqueId shared_id(const World& world) {
  ncclUniqueId id{};
  std::optional<std::string> problem;
  try {
    if (world.is_root()) check(ncclGetUniqueId(&id));
  } catch (const Error& error) {
    problem = error.what();
  }
  if (const auto any = world.first_problem(problem)) throw Error(*any);
  check(MPI_Bcast(&id, sizeof id, MPI_BYTE, 0, world.comm()));
  return id;
}

/// A variable of the environment that NCCL reads whenever it makes a communicator, for that time; an empty value
/// leaves the user's.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_{name}, active_{!value.empty()} {
    if (!active_) return;
    if (const char* const before = std::getenv(name)) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  ScopedVariable(ScopedVariable&&) = delete;
  ScopedVariable& operator=(ScopedVariable&&) = delete;
  ~ScopedVariable() {
    if (!active_) return;
    if (before_) setenv(name_, before_->c_str(), 1);
    else unsetenv(name_);
  }

 private:
  const char* name_;
  bool active_;
  std::optional<std::string> before_;
};

/// Memory of ncclMemAlloc, which can be registered and mapped by other ranks.
class NcclMemory final : public ExchangeMemory {
 public:
  NcclMemory(Device device, ncclComm_t comm, Bytes size, Registration registration)
      : device_{device}, comm_{comm}, size_{size}, registration_{registration} {
    request_memory(device, size);
    const DeviceGuard guard{device.ordinal};
    if (platform(device.kind).free_memory(device.ordinal, 1) < size ||
        ncclMemAlloc(&data_, size.value) != ncclSuccess) {
      throw OutOfMemory(fmt::format("not enough memory: {} MiB from ncclMemAlloc", size.value >> 20U));
    }
  }
  NcclMemory(const NcclMemory&) = delete;
  NcclMemory& operator=(const NcclMemory&) = delete;
  NcclMemory(NcclMemory&&) = delete;
  NcclMemory& operator=(NcclMemory&&) = delete;
  /// As `Memory` does: NCCL unmaps memory without waiting for those that use it.
  ~NcclMemory() override {
    finish_enqueued_work();
    if (window_ != nullptr) static_cast<void>(ncclCommWindowDeregister(comm_, window_));
    if (handle_ != nullptr) static_cast<void>(ncclCommDeregister(comm_, handle_));
    static_cast<void>(ncclMemFree(data_));
  }

  [[nodiscard]] std::byte* data() const override { return static_cast<std::byte*>(data_); }

  void attach() override {
    const DeviceGuard guard{device_.ordinal};
    if (registration_ == Registration::registered) check(ncclCommRegister(comm_, data_, size_.value, &handle_));
    if (registration_ == Registration::symmetric) {
      check(ncclCommWindowRegister(comm_, data_, size_.value, &window_, NCCL_WIN_COLL_SYMMETRIC));
    }
  }

 private:
  Device device_;
  ncclComm_t comm_;
  Bytes size_;
  Registration registration_;
  void* data_ = nullptr;
  void* handle_ = nullptr;
  ncclWindow_t window_ = nullptr;
};

/// NCCL has no barrier. What programs use in its place is an all-reduce of one element, which needs a place for it.
Backend::Beside beside(const Collective& collective, const CollectiveCall& call, int ranks) {
  return &collective == &barrier ? beside_composition(collective, call, ranks) : Backend::Beside{};
}

class NcclCommunicator : public Communicator {
 public:
  NcclCommunicator(const World& world, const Tuning& tuning) : Communicator{world} {
    serve_nccl_profiler();
    const DeviceGuard guard{device().ordinal};
    const ScopedVariable algorithm{"NCCL_ALGO", tuning.algorithm};
    const ScopedVariable protocol{"NCCL_PROTO", tuning.protocol};
    ncclComm_t raw = nullptr;
    check(ncclCommInitRank(&raw, size(), shared_id(world), rank()));
    comm_.reset(raw);
  }

  NcclCommunicator(const NcclCommunicator&) = delete;
  NcclCommunicator& operator=(const NcclCommunicator&) = delete;
  NcclCommunicator(NcclCommunicator&&) = delete;
  NcclCommunicator& operator=(NcclCommunicator&&) = delete;
  ~NcclCommunicator() override { finish_enqueued_work(); }

  /// Plain memory too is of NCCL's own kind: only that can be registered when a graph is captured, as NCCL then does
  /// by itself.
  [[nodiscard]] std::unique_ptr<ExchangeMemory> allocate(Bytes size, Registration registration) const override {
    return std::make_unique<NcclMemory>(device(), comm_.get(), size, registration);
  }

  void reserve(const Collective& collective, const CollectiveCall& call) override {
    static_cast<void>(scratch(beside(collective, call, size()).device));
  }

  [[nodiscard]] std::optional<Route> observe(const std::function<void()>& work, StreamRef stream) const override {
    const NcclObservation observation;
    work();
    stream.synchronize();
    return observation.route();
  }

  void send(const void* data, std::size_t count, DType dtype, int to, StreamRef stream) override {
    const DeviceGuard guard{device().ordinal};
    check(ncclSend(data, count, nccl_type(dtype), to, comm_.get(), cuda_stream(stream)));
  }
  void receive(void* data, std::size_t count, DType dtype, int from, StreamRef stream) override {
    const DeviceGuard guard{device().ordinal};
    check(ncclRecv(data, count, nccl_type(dtype), from, comm_.get(), cuda_stream(stream)));
  }
  void begin_group(StreamRef /*stream*/) override { check(ncclGroupStart()); }
  void end_group(StreamRef /*stream*/) override {
    const DeviceGuard guard{device().ordinal};
    check(ncclGroupEnd());
  }

 protected:
  bool run_native(const Collective& collective, const CollectiveCall& call, StreamRef stream) override {
    const DeviceGuard guard{device().ordinal};
    const ncclDataType_t type = nccl_type(call.dtype);
    // Of one rank all reductions are the same; NCCL has no average of 8-bit floats there.
    const ncclRedOp_t op = size() == 1 ? ncclSum : nccl_op(call.op);
    if (&collective == &all_reduce) {
      check(ncclAllReduce(call.send, call.receive, call.count, type, op, comm_.get(), cuda_stream(stream)));
    } else if (&collective == &broadcast) {
      check(ncclBroadcast(call.send, call.receive, call.count, type, call.root, comm_.get(), cuda_stream(stream)));
    } else if (&collective == &reduce) {
      check(ncclReduce(call.send, call.receive, call.count, type, op, call.root, comm_.get(), cuda_stream(stream)));
    } else if (&collective == &all_gather) {
      check(ncclAllGather(call.send, call.receive, call.count, type, comm_.get(), cuda_stream(stream)));
    } else if (&collective == &reduce_scatter) {
      check(ncclReduceScatter(call.send, call.receive, call.count, type, op, comm_.get(), cuda_stream(stream)));
    } else if (&collective == &all_to_all) {
      check(ncclAlltoAll(call.send, call.receive, call.count, type, comm_.get(), cuda_stream(stream)));
    } else if (&collective == &gather && call.counts.empty()) {
      check(ncclGather(call.send, call.receive, call.count, type, call.root, comm_.get(), cuda_stream(stream)));
    } else if (&collective == &scatter && call.counts.empty()) {
      check(ncclScatter(call.send, call.receive, call.count, type, call.root, comm_.get(), cuda_stream(stream)));
    } else if (&collective == &barrier) {
      std::byte* const element = scratch(beside(collective, call, size()).device);
      check(ncclAllReduce(element, element, 1, type, ncclSum, comm_.get(), cuda_stream(stream)));
    } else {
      return false;
    }
    return true;
  }

 private:
  Handle<ncclComm_t, ncclCommDestroy> comm_;
};

/// The default compositions over NCCL's send and receive: the reference for its own collectives.
class ComposedOverNccl final : public NcclCommunicator {
 public:
  using NcclCommunicator::NcclCommunicator;
  void reserve(const Collective& collective, const CollectiveCall& call) override {
    static_cast<void>(scratch(beside_composition(collective, call, size()).device));
  }

 protected:
  bool run_native(const Collective& /*collective*/, const CollectiveCall& /*call*/, StreamRef /*stream*/) override {
    return false;
  }
};

template <class T>
std::unique_ptr<Communicator> connect_over_nccl(const World& world, const Tuning& tuning) {
  return std::make_unique<T>(world, tuning);
}

/// What NCCL's tuning tables know of (src/graph/tuning.cc): messages have one way only.
bool has_algorithm(const Collective& collective, std::string_view algorithm) {
  const auto among = [&](std::initializer_list<std::string_view> known) {
    return std::ranges::find(known, algorithm) != known.end();
  };
  if (&collective == &all_reduce || &collective == &barrier)
    return among({"ring", "tree", "collnetdirect", "collnetchain", "nvls", "nvlstree"});
  if (&collective == &all_gather || &collective == &reduce_scatter) {
    return among({"ring", "pat", "nvls", "collnetdirect"});
  }
  return algorithm == "ring";
}

std::optional<std::string> cannot(const Collective& collective, const CollectiveCall& call, int /*ranks*/,
                                  Device device, const Tuning& tuning) {
  const Collective* const tuned[] = {&all_reduce, &all_gather, &reduce_scatter, &broadcast, &reduce, &barrier};
  if (tuning != Tuning{} && std::ranges::find(tuned, &collective) == std::end(tuned)) {
    return fmt::format("{} is made of messages, for which NCCL has one algorithm", collective.name);
  }
  if (!tuning.algorithm.empty() && !has_algorithm(collective, tuning.algorithm)) {
    return fmt::format("NCCL has no {} algorithm for {}", tuning.algorithm, collective.name);
  }
  const bool eight_bit_float = size_of(call.dtype) == Bytes{1} && is_float(call.dtype);
  if (!collective.reduces || !eight_bit_float) return std::nullopt;
  int major = 0;
  constexpr int hopper = 9;
  const cudaError_t status = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device.ordinal);
  if (status != cudaSuccess || major >= hopper) return std::nullopt;
  return fmt::format("NCCL reduces {} on GPUs of compute capability 9.0 and newer only", name(call.dtype));
}

/// Compositions are made of messages.
std::optional<std::string> nccl_messages_cannot(const Collective& /*collective*/, const CollectiveCall& /*call*/,
                                                int /*ranks*/, Device /*device*/, const Tuning& tuning) {
  if (tuning == Tuning{}) return std::nullopt;
  return "compositions are made of messages, for which NCCL has one algorithm";
}

int loaded_version() {
  int version = 0;
  check(ncclGetVersion(&version));
  return version;
}

std::optional<std::string> refusal(const World& /*world*/) {
  const int version = loaded_version();
  if (version >= oldest_version) return std::nullopt;
  return fmt::format("NCCL {} is too old: 2.28 or newer is needed; install it or put it first in LD_LIBRARY_PATH",
                     nccl_version_name(version));
}

std::optional<std::string> cannot_share() {
  return nccl_sharing_refusal(loaded_version(), std::getenv("NCCL_MULTI_RANK_GPU_ENABLE"));
}

const Registered<Backend> nccl{{.name = "nccl",
                                .device = DeviceKind::cuda,
                                .transport = "NCCL, device buffers",
                                .refusal = refusal,
                                .connect = connect_over_nccl<NcclCommunicator>,
                                .wire = Backend::Wire::peer_link,
                                .cannot = cannot,
                                .beside = beside,
                                .registers = true,
                                .cannot_share = cannot_share}};

const Registered<Backend> composed_over_nccl{
    {.name = "composed",
     .device = DeviceKind::cuda,
     .transport = "reference compositions over NCCL send and receive, device buffers",
     .refusal = refusal,
     .connect = connect_over_nccl<ComposedOverNccl>,
     .wire = Backend::Wire::peer_link,
     .cannot = nccl_messages_cannot,
     .beside = beside_composition,
     .registers = true,
     .cannot_share = cannot_share}};

}  // namespace

void check(ncclResult_t status, std::source_location where) {
  if (status == ncclSuccess) return;
  throw Error(located(fmt::format("NCCL: {} ({}){}; NCCL_DEBUG=WARN tells more", ncclGetErrorString(status),
                                  ncclGetLastError(nullptr), cure(status)),
                      where));
}

}  // namespace lanemark
