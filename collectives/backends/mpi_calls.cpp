#include "collectives/backends/mpi_calls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <span>

#include "collectives/collectives.hpp"
#include "collectives/core/mpi_check.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// MPI counts are ints; longer vectors go in pieces of this many elements.
constexpr std::size_t longest = std::size_t{1} << 30U;

template <class T, class F>
void reduce_halves(void* operand, void* accumulator, int* count, MPI_Datatype* /*type*/) {
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
    case DType::bfloat16: break;
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
    throw Error(fmt::format("{} elements in one MPI gather or scatter; MPI counts end at 2^31 - 1", elements));
  }
  return static_cast<int>(elements);
}

struct Parts {
  std::vector<int> counts;
  std::vector<int> offsets;
};

Parts parts_of(const CollectiveCall& call, int ranks) {
  Parts parts;
  std::size_t offset = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    parts.counts.push_back(checked_int(call.count_of(rank)));
    parts.offsets.push_back(checked_int(offset));
    offset += call.count_of(rank);
  }
  return parts;
}

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
      check(MPI_Type_contiguous(2, MPI_BYTE, &types.type));
      check(MPI_Type_commit(&types.type));
      const auto make_ops = [&]<class T>(std::type_identity<T>) {
        types.sum = make_op(reduce_halves<T, std::plus<>>);
        types.prod = make_op(reduce_halves<T, std::multiplies<>>);
        types.min = make_op(reduce_halves<T, Minimum>);
        types.max = make_op(reduce_halves<T, Maximum>);
      };
      if (dtype == DType::half) make_ops(std::type_identity<Half>{});
      if (dtype == DType::bfloat16) make_ops(std::type_identity<BFloat16>{});
    }
    types_.push_back(types);
  }
}

MpiCalls::~MpiCalls() {
  for (Types& types : types_) {
    if (!types.own) continue;
    MPI_Type_free(&types.type);
    for (MPI_Op* op : {&types.sum, &types.prod, &types.min, &types.max}) MPI_Op_free(op);
  }
}

bool MpiCalls::has(const Collective& collective) {
  const Collective* const known[] = {&all_reduce, &broadcast, &reduce, &gather, &scatter};
  return std::ranges::find(known, &collective) != std::end(known);
}

void MpiCalls::run(const Collective& collective, const CollectiveCall& call) {
  if (&collective == &all_reduce) all_reduce_pieces(call);
  if (&collective == &broadcast) broadcast_pieces(call);
  if (&collective == &reduce) reduce_pieces(call);
  if (&collective == &gather) gather_parts(call);
  if (&collective == &scatter) scatter_parts(call);
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
  const Parts parts = parts_of(call, size_);
  check(MPI_Gatherv(call.send, parts.counts.at(static_cast<std::size_t>(rank_)), types(call.dtype).type, call.receive,
                    parts.counts.data(), parts.offsets.data(), types(call.dtype).type, call.root, group_.get()));
}

void MpiCalls::scatter_parts(const CollectiveCall& call) {
  const Parts parts = parts_of(call, size_);
  check(MPI_Scatterv(call.send, parts.counts.data(), parts.offsets.data(), types(call.dtype).type, call.receive,
                     parts.counts.at(static_cast<std::size_t>(rank_)), types(call.dtype).type, call.root,
                     group_.get()));
}

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
