// SPDX-License-Identifier: MIT

#include "collectives/backends/mpi_calls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <limits>
#include <span>

#include "collectives/collectives.hpp"
#include "collectives/core/mpi_check.hpp"
#include "kernels/core/arithmetic.hpp"
#include "kernels/core/error.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

/// MPI counts are ints; longer vectors go in pieces of this many elements.
constexpr std::size_t longest = std::size_t{1} << 30U;

template <SmallFloat T, class F>
void reduce_small_floats(void* operand, void* accumulator, int* count, MPI_Datatype* /*type*/) {
  const std::span<const T> in{static_cast<const T*>(operand), static_cast<std::size_t>(*count)};
  T* out = static_cast<T*>(accumulator);
  for (const T value : in) {
    *out = T{F{}(static_cast<float>(value), static_cast<float>(*out))};
    ++out;
  }
}

struct Minimum {
  float operator()(float a, float b) const { return std::min(a, b); }
};
struct Maximum {
  float operator()(float a, float b) const { return std::max(a, b); }
};

MPI_Op make_op(MPI_User_function* function) {
  MPI_Op op = MPI_OP_NULL;
  check(MPI_Op_create(function, 1, &op));
  return op;
}

MPI_Datatype native_type(DType dtype) {
  switch (dtype) {
    case DType::int8: return MPI_INT8_T;
    case DType::uint8: return MPI_UINT8_T;
    case DType::int32: return MPI_INT32_T;
    case DType::int64: return MPI_INT64_T;
    case DType::float32: return MPI_FLOAT;
    case DType::float64: return MPI_DOUBLE;
    case DType::half:
    case DType::bfloat16:
    case DType::float8_e4m3:
    case DType::float8_e5m2: break;
  }
  return MPI_DATATYPE_NULL;
}

template <class F>
void in_pieces(std::size_t count, F&& call) {
  // Also called for no elements: peers may take part with some, and MPI's calls are collective.
  std::size_t done = 0;
  do {
    const std::size_t piece = std::min(longest, count - done);
    call(done, static_cast<int>(piece));
    done += piece;
  } while (done < count);
}

int checked_int(std::size_t elements) {
  if (elements > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw Error(fmt::format("{} elements in one part of an MPI collective; MPI counts end at 2^31 - 1", elements));
  }
  return static_cast<int>(elements);
}

struct Parts {
  std::vector<int> counts;
  std::vector<int> offsets;
};

/// Parts one after the other, of `count_of(rank)` elements each.
template <class CountOf>
Parts packed(int ranks, CountOf count_of) {
  Parts parts;
  std::size_t offset = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    parts.counts.push_back(checked_int(count_of(rank)));
    parts.offsets.push_back(checked_int(offset));
    offset += count_of(rank);
  }
  return parts;
}

constexpr auto most_elements = static_cast<std::size_t>(std::numeric_limits<int>::max());

}  // namespace

MPI_Op MpiCalls::Types::op(ReduceOp reduction) const {
  switch (reduction) {
    case ReduceOp::prod: return prod;
    case ReduceOp::min: return min;
    case ReduceOp::max: return max;
    case ReduceOp::sum:
    case ReduceOp::avg: break;
  }
  return sum;
}

MpiCalls::MpiCalls(const World& world) : rank_{world.rank()}, size_{world.size()} {
  MPI_Comm copy = MPI_COMM_NULL;
  check(MPI_Comm_dup(world.comm(), &copy));
  group_ = MpiGroup{copy};
  check(MPI_Comm_set_errhandler(copy, MPI_ERRORS_RETURN));
  for (const DType dtype : all_dtypes) {
    Types types{.type = native_type(dtype)};
    if (types.type == MPI_DATATYPE_NULL) {
      types.own = true;
      check(MPI_Type_contiguous(static_cast<int>(size_of(dtype).value), MPI_BYTE, &types.type));
      check(MPI_Type_commit(&types.type));
      dispatch(dtype, [&]<class T>(std::type_identity<T>) {
        if constexpr (SmallFloat<T>) {
          types.sum = make_op(reduce_small_floats<T, std::plus<>>);
          types.prod = make_op(reduce_small_floats<T, std::multiplies<>>);
          types.min = make_op(reduce_small_floats<T, Minimum>);
          types.max = make_op(reduce_small_floats<T, Maximum>);
        }
      });
    }
    types_.push_back(types);
  }
}

MpiCalls::~MpiCalls() {
  finish_enqueued_work();
  for (Types& types : types_) {
    if (!types.own) continue;
    MPI_Type_free(&types.type);
    for (MPI_Op* op : {&types.sum, &types.prod, &types.min, &types.max}) MPI_Op_free(op);
  }
}

const MpiCalls::Native* MpiCalls::find(const Collective& collective) {
  static constexpr std::array natives{Native{&all_reduce, &MpiCalls::all_reduce_pieces},
                                      Native{&broadcast, &MpiCalls::broadcast_pieces},
                                      Native{&reduce, &MpiCalls::reduce_pieces},
                                      Native{&gather, &MpiCalls::gather_parts},
                                      Native{&scatter, &MpiCalls::scatter_parts},
                                      Native{&all_gather, &MpiCalls::all_gather_parts},
                                      Native{&reduce_scatter, &MpiCalls::reduce_scatter_parts},
                                      Native{&all_to_all, &MpiCalls::all_to_all_parts},
                                      Native{&all_to_all_v, &MpiCalls::all_to_all_v_parts},
                                      Native{&barrier, &MpiCalls::wait_for_all}};
  const auto* const found = std::ranges::find(natives, &collective, &Native::collective);
  return found == natives.end() ? nullptr : found;
}

bool MpiCalls::has(const Collective& collective) { return find(collective) != nullptr; }

void MpiCalls::run(const Collective& collective, const CollectiveCall& call) { (this->*find(collective)->run)(call); }

std::function<void()> MpiCalls::work(const Collective& collective, const CollectiveCall& call) {
  return [this, &collective, call, counts = std::vector<std::size_t>(call.counts.begin(), call.counts.end())] {
    CollectiveCall kept = call;
    kept.counts = counts;
    run(collective, kept);
  };
}

void MpiCalls::divide_average(const Communicator& on, const Collective& collective, const CollectiveCall& call,
                              StreamRef stream) {
  if (!collective.reduces || call.op != ReduceOp::avg) return;
  divide(stream, {.dtype = call.dtype,
                  .count = collective.receive_count(call, on.size(), on.rank()),
                  .values = call.receive,
                  .divisor = on.size()});
}

std::optional<std::string> MpiCalls::cannot(const Collective& collective, const CollectiveCall& call, int ranks,
                                            Device /*device*/, const Tuning& tuning) {
  if (tuning != Tuning{}) return "only NCCL can be told an algorithm or a protocol";
  // What is not cut in pieces has offsets or counts that MPI takes as ints.
  const bool in_one = &collective == &all_gather || &collective == &reduce_scatter || &collective == &all_to_all;
  const bool with_offsets = &collective == &gather || &collective == &scatter || &collective == &all_to_all_v;
  std::size_t largest = in_one ? call.count : 0;
  for (int rank = 0; with_offsets && rank < ranks; ++rank) {
    largest =
        std::max({largest, collective.send_count(call, ranks, rank), collective.receive_count(call, ranks, rank)});
  }
  if (largest <= most_elements) return std::nullopt;
  return fmt::format("MPI counts elements up to 2^31 - 1, and {} has {}", collective.name, largest);
}

void MpiCalls::all_reduce_pieces(const CollectiveCall& call) {
  const std::size_t element = size_of(call.dtype).value;
  const auto* const send = static_cast<const std::byte*>(call.send);
  auto* const receive = static_cast<std::byte*>(call.receive);
  in_pieces(call.count, [&](std::size_t first, int count) {
    const void* const from = call.send == call.receive ? MPI_IN_PLACE : send + first * element;
    check(MPI_Allreduce(from, receive + first * element, count, types(call.dtype).type, types(call.dtype).op(call.op),
                        group_.get()));
  });
}

void MpiCalls::reduce_pieces(const CollectiveCall& call) {
  const std::size_t element = size_of(call.dtype).value;
  const auto* const send = static_cast<const std::byte*>(call.send);
  auto* const receive = static_cast<std::byte*>(call.receive);
  const bool in_place = rank_ == call.root && call.send == call.receive;
  in_pieces(call.count, [&](std::size_t first, int count) {
    const void* const from = in_place ? MPI_IN_PLACE : send + first * element;
    void* const into = rank_ == call.root ? receive + first * element : nullptr;
    check(
        MPI_Reduce(from, into, count, types(call.dtype).type, types(call.dtype).op(call.op), call.root, group_.get()));
  });
}

void MpiCalls::broadcast_pieces(const CollectiveCall& call) {
  const std::size_t element = size_of(call.dtype).value;
  auto* const data = static_cast<std::byte*>(call.receive);
  if (rank_ == call.root && call.send != call.receive)
    std::copy_n(static_cast<const std::byte*>(call.send), call.count * element, data);
  in_pieces(call.count, [&](std::size_t first, int count) {
    check(MPI_Bcast(data + first * element, count, types(call.dtype).type, call.root, group_.get()));
  });
}

void MpiCalls::gather_parts(const CollectiveCall& call) {
  const MPI_Datatype type = types(call.dtype).type;
  const Parts parts = packed(size_, [&](int rank) { return call.count_of(rank); });
  // Other ranks than the root may have no buffer to receive in.
  const bool in_place = rank_ == call.root && call.send == static_cast<std::byte*>(call.receive) +
                                                               call.offset_of(rank_) * size_of(call.dtype).value;
  check(MPI_Gatherv(in_place ? MPI_IN_PLACE : call.send, checked_int(call.count_of(rank_)), type, call.receive,
                    parts.counts.data(), parts.offsets.data(), type, call.root, group_.get()));
}

void MpiCalls::scatter_parts(const CollectiveCall& call) {
  const MPI_Datatype type = types(call.dtype).type;
  const Parts parts = packed(size_, [&](int rank) { return call.count_of(rank); });
  // Other ranks than the root may have no buffer to send from.
  const bool in_place = rank_ == call.root && call.receive == static_cast<const std::byte*>(call.send) +
                                                                  call.offset_of(rank_) * size_of(call.dtype).value;
  check(MPI_Scatterv(call.send, parts.counts.data(), parts.offsets.data(), type, in_place ? MPI_IN_PLACE : call.receive,
                     checked_int(call.count_of(rank_)), type, call.root, group_.get()));
}

void MpiCalls::all_gather_parts(const CollectiveCall& call) {
  const MPI_Datatype type = types(call.dtype).type;
  const int count = checked_int(call.count);
  const auto* const own = static_cast<std::byte*>(call.receive) + call.offset_of(rank_) * size_of(call.dtype).value;
  check(
      MPI_Allgather(call.send == own ? MPI_IN_PLACE : call.send, count, type, call.receive, count, type, group_.get()));
}

void MpiCalls::reduce_scatter_parts(const CollectiveCall& call) {
  const Types& known = types(call.dtype);
  const Bytes part = size_of(call.dtype) * call.count;
  const auto* const own = static_cast<const std::byte*>(call.send) + part.value * static_cast<std::size_t>(rank_);
  if (call.receive != own) {
    check(MPI_Reduce_scatter_block(call.send, call.receive, checked_int(call.count), known.type, known.op(call.op),
                                   group_.get()));
    return;
  }
  // MPI's own idea of in place leaves the result at the front.
  auto* const front = static_cast<std::byte*>(call.receive) - part.value * static_cast<std::size_t>(rank_);
  check(MPI_Reduce_scatter_block(MPI_IN_PLACE, front, checked_int(call.count), known.type, known.op(call.op),
                                 group_.get()));
  if (call.count > 0) std::memmove(call.receive, front, part.value);
}

void MpiCalls::all_to_all_parts(const CollectiveCall& call) {
  const MPI_Datatype type = types(call.dtype).type;
  const int count = checked_int(call.count);
  check(MPI_Alltoall(call.send, count, type, call.receive, count, type, group_.get()));
}

void MpiCalls::all_to_all_v_parts(const CollectiveCall& call) {
  const MPI_Datatype type = types(call.dtype).type;
  const auto at = [&](int from, int to) {
    return call.counts[static_cast<std::size_t>(from) * static_cast<std::size_t>(size_) + static_cast<std::size_t>(to)];
  };
  const Parts out = packed(size_, [&](int to) { return at(rank_, to); });
  const Parts in = packed(size_, [&](int from) { return at(from, rank_); });
  check(MPI_Alltoallv(call.send, out.counts.data(), out.offsets.data(), type, call.receive, in.counts.data(),
                      in.offsets.data(), type, group_.get()));
}

void MpiCalls::wait_for_all(const CollectiveCall& /*call*/) { check(MPI_Barrier(group_.get())); }

void MpiCalls::send(const void* data, std::size_t count, DType dtype, int to) {
  const std::size_t element = size_of(dtype).value;
  in_pieces(count, [&](std::size_t first, int piece) {
    MPI_Request& request = requests_.emplace_back(MPI_REQUEST_NULL);
    check(MPI_Isend(static_cast<const std::byte*>(data) + first * element, piece, types(dtype).type, to, 0,
                    group_.get(), &request));
  });
  if (!grouped_) end_group();
}

void MpiCalls::receive(void* data, std::size_t count, DType dtype, int from) {
  const std::size_t element = size_of(dtype).value;
  in_pieces(count, [&](std::size_t first, int piece) {
    MPI_Request& request = requests_.emplace_back(MPI_REQUEST_NULL);
    check(MPI_Irecv(static_cast<std::byte*>(data) + first * element, piece, types(dtype).type, from, 0, group_.get(),
                    &request));
  });
  if (!grouped_) end_group();
}

void MpiCalls::end_group() {
  grouped_ = false;
  check(MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE));
  requests_.clear();
}

}  // namespace lanemark
