// SPDX-License-Identifier: MIT

#pragma once

#include <mpi.h>

#include <cstddef>
#include <functional>
#include <vector>

#include "collectives/core/communicator.hpp"
#include "collectives/core/world.hpp"
#include "kernels/core/dtype.hpp"

namespace lanemark {

/// MPI's own collectives and messages on host pointers (or device pointers, where the library takes them), for every
/// data type and reduction. Blocking; call from one thread at a time. Goes when no stream's work can use it any more.
class MpiCalls {
 public:
  explicit MpiCalls(const World& world);
  MpiCalls(const MpiCalls&) = delete;
  MpiCalls& operator=(const MpiCalls&) = delete;
  MpiCalls(MpiCalls&&) = delete;
  MpiCalls& operator=(MpiCalls&&) = delete;
  ~MpiCalls();

  /// Whether MPI has such a collective.
  [[nodiscard]] static bool has(const Collective& collective);
  /// Backend::cannot for what is built of these calls.
  static std::optional<std::string> cannot(const Collective& collective, const CollectiveCall& call, int ranks,
                                           Device device, const Tuning& tuning);
  /// `avg` leaves the sum, which `divide_average` then divides where the result is.
  void run(const Collective& collective, const CollectiveCall& call);
  /// The same as work for a stream, which keeps all of the call but its buffers.
  [[nodiscard]] std::function<void()> work(const Collective& collective, const CollectiveCall& call);
  static void divide_average(const Communicator& on, const Collective& collective, const CollectiveCall& call,
                             StreamRef stream);

  void send(const void* data, std::size_t count, DType dtype, int to);
  void receive(void* data, std::size_t count, DType dtype, int from);
  /// Messages wait for end_group; outside a group each is complete on return.
  void begin_group() { grouped_ = true; }
  void end_group();

 private:
  struct Types {
    MPI_Datatype type = MPI_DATATYPE_NULL;
    MPI_Op sum = MPI_SUM, prod = MPI_PROD, min = MPI_MIN, max = MPI_MAX;
    bool own = false;  ///< made here, because MPI has none of its own
    [[nodiscard]] MPI_Op op(ReduceOp reduction) const;
  };
  /// A collective that MPI has, and the calls that make it.
  struct Native {
    const Collective* collective;
    void (MpiCalls::*run)(const CollectiveCall& call);
  };
  /// Null where MPI has no such collective.
  static const Native* find(const Collective& collective);

  [[nodiscard]] const Types& types(DType dtype) const { return types_.at(static_cast<std::size_t>(dtype)); }
  void all_reduce_pieces(const CollectiveCall& call);
  void reduce_pieces(const CollectiveCall& call);
  void broadcast_pieces(const CollectiveCall& call);
  void gather_parts(const CollectiveCall& call);
  void scatter_parts(const CollectiveCall& call);
  void all_gather_parts(const CollectiveCall& call);
  void reduce_scatter_parts(const CollectiveCall& call);
  void all_to_all_parts(const CollectiveCall& call);
  void all_to_all_v_parts(const CollectiveCall& call);
  void wait_for_all(const CollectiveCall& call);

  MpiGroup group_;
  int rank_;
  int size_;
  std::vector<Types> types_;
  std::vector<MPI_Request> requests_;
  bool grouped_ = false;
};

}  // namespace lanemark
