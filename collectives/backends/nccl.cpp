// Device buffers over NCCL, one communicator a rank and GPU.

#include "collectives/backends/nccl.hpp"

#include <fmt/format.h>

#include <array>

#include "collectives/collectives.hpp"
#include "collectives/core/communicator.hpp"
#include "collectives/core/mpi_check.hpp"
#include "kernels/core/handle.hpp"
#include "kernels/cuda/device_guard.hpp"

namespace lanemark {
namespace {

constexpr int oldest_version = 22700;

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
  constexpr std::array<ncclDataType_t, all_dtypes.size()> types{ncclInt8,    ncclUint8,    ncclInt32,   ncclInt64,
                                                                ncclFloat16, ncclBfloat16, ncclFloat32, ncclFloat64};
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

class NcclCommunicator : public Communicator {
 public:
  explicit NcclCommunicator(const World& world) : Communicator{world} {
    const DeviceGuard guard{device().ordinal};
    ncclComm_t raw = nullptr;
    check(ncclCommInitRank(&raw, size(), shared_id(world), rank()));
    comm_.reset(raw);
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
    if (&collective == &all_reduce) {
      check(
          ncclAllReduce(call.send, call.receive, call.count, type, nccl_op(call.op), comm_.get(), cuda_stream(stream)));
    } else if (&collective == &broadcast) {
      check(ncclBroadcast(call.send, call.receive, call.count, type, call.root, comm_.get(), cuda_stream(stream)));
    } else if (&collective == &reduce) {
      check(ncclReduce(call.send, call.receive, call.count, type, nccl_op(call.op), call.root, comm_.get(),
                       cuda_stream(stream)));
    } else {
      return false;
    }
    return true;
  }

 private:
  Handle<ncclComm_t, ncclCommDestroy> comm_;
};

/// The default compositions over NCCL's send and receive: the reference for its own collectives.
class ComposedCommunicator final : public NcclCommunicator {
 public:
  using NcclCommunicator::NcclCommunicator;

 protected:
  bool run_native(const Collective& /*collective*/, const CollectiveCall& /*call*/, StreamRef /*stream*/) override {
    return false;
  }
};

template <class T>
std::unique_ptr<Communicator> connect(const World& world) {
  return std::make_unique<T>(world);
}

std::optional<std::string> refusal(const World& world) {
  int version = 0;
  check(ncclGetVersion(&version));
  if (version < oldest_version) {
    return fmt::format("NCCL {}.{} is too old: 2.27 or newer is needed; install it or put it first in LD_LIBRARY_PATH",
                       version / 10000, version / 100 % 100);
  }
  const int gpus = device_count(DeviceKind::cuda);
  if (world.local_size() > gpus) {
    return fmt::format("NCCL needs a GPU for each of the {} ranks on a node, which has {}; start fewer ranks",
                       world.local_size(), gpus);
  }
  return std::nullopt;
}

const Registered<Backend> nccl{{.name = "nccl",
                                .device = DeviceKind::cuda,
                                .transport = "NCCL, device buffers",
                                .refusal = refusal,
                                .connect = connect<NcclCommunicator>,
                                .wire = Backend::Wire::peer_link}};

const Registered<Backend> composed{{.name = "composed",
                                    .device = DeviceKind::cuda,
                                    .transport = "reference compositions over NCCL send and receive, device buffers",
                                    .refusal = refusal,
                                    .connect = connect<ComposedCommunicator>,
                                    .wire = Backend::Wire::peer_link}};

}  // namespace

void check(ncclResult_t status, std::source_location where) {
  if (status == ncclSuccess) return;
  throw Error(located(fmt::format("NCCL: {} ({}){}; NCCL_DEBUG=WARN tells more", ncclGetErrorString(status),
                                  ncclGetLastError(nullptr), cure(status)),
                      where));
}

}  // namespace lanemark
