// SPDX-License-Identifier: MIT

// Device buffers handed to an MPI that takes them. Such an MPI calls CUDA itself, which a host function of a stream
// must not, so it runs on the calling thread when the stream has come to it: correct, but nothing overlaps.

#include <mpi.h>
#if __has_include(<mpi-ext.h>)
#include <mpi-ext.h>
#endif

#include "collectives/backends/mpi_calls.hpp"
#include "collectives/collectives.hpp"
#include "collectives/core/communicator.hpp"

namespace lanemark {
namespace {

bool takes_device_pointers() {
#ifdef MPIX_CUDA_AWARE_SUPPORT
  return MPIX_Query_cuda_support() == 1;
#else
  return false;
#endif
}

class CudaAwareCommunicator final : public Communicator {
 public:
  explicit CudaAwareCommunicator(const World& world) : Communicator{world}, calls_{world} {}

  void reserve(const Collective& collective, const CollectiveCall& call) override {
    if (moves_its_result(collective, call))
      static_cast<void>(scratch(beside_composition(collective, call, size()).device));
  }
  void send(const void* data, std::size_t count, DType dtype, int to, StreamRef stream) override {
    stream.synchronize();
    calls_.send(data, count, dtype, to);
  }
  void receive(void* data, std::size_t count, DType dtype, int from, StreamRef stream) override {
    stream.synchronize();
    calls_.receive(data, count, dtype, from);
  }
  void begin_group(StreamRef /*stream*/) override { calls_.begin_group(); }
  void end_group(StreamRef /*stream*/) override { calls_.end_group(); }

 protected:
  bool run_native(const Collective& collective, const CollectiveCall& call, StreamRef stream) override {
    if (!MpiCalls::has(collective) || moves_its_result(collective, call)) return false;
    CollectiveCall direct = call;
    if (&collective == &broadcast && rank() == call.root && call.send != call.receive) {
      stream.copy(call.receive, call.send, size_of(call.dtype) * call.count);
      direct.send = call.receive;
    }
    stream.synchronize();
    calls_.run(collective, direct);
    MpiCalls::divide_average(*this, collective, call, stream);
    return true;
  }

 private:
  /// Where MPI leaves the result elsewhere than the caller wants it, MpiCalls moves it, which it can in host memory
  /// only.
  [[nodiscard]] bool moves_its_result(const Collective& collective, const CollectiveCall& call) const {
    return &collective == &reduce_scatter && call.receive == static_cast<const std::byte*>(call.send) +
                                                                 call.offset_of(rank()) * size_of(call.dtype).value;
  }

  MpiCalls calls_;
};

const Registered<Backend> mpi_cuda{
    {.name = "mpi_cuda",
     .device = DeviceKind::cuda,
     .transport = "MPI, device buffers (CUDA-aware)",
     .refusal = [](const World&) -> std::optional<std::string> {
       if (takes_device_pointers()) return std::nullopt;
       return "this MPI is not CUDA-aware and would crash on device buffers; use --backend mpi_staged, or an MPI built "
              "with CUDA";
     },
     .connect = [](const World& world, const Tuning&) -> std::unique_ptr<Communicator> {
       return std::make_unique<CudaAwareCommunicator>(world);
     },
     .wire = Backend::Wire::peer_link,
     .cannot = MpiCalls::cannot,
     .capturable = false}};

}  // namespace
}  // namespace lanemark
