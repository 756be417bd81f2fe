// SPDX-License-Identifier: MIT

#include "collectives/core/world.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <thread>

#include "collectives/core/mpi_check.hpp"
#include "kernels/core/stream.hpp"

namespace lanemark {
namespace {

MpiGroup duplicate(MPI_Comm comm) {
  MPI_Comm copy = MPI_COMM_NULL;
  check(MPI_Comm_dup(comm, &copy));
  check(MPI_Comm_set_errhandler(copy, MPI_ERRORS_RETURN));
  return MpiGroup{copy};
}

std::optional<std::string> first_problem_in(MPI_Comm comm, const std::optional<std::string>& mine) {
  constexpr int nobody = std::numeric_limits<int>::max();
  int rank = 0;
  check(MPI_Comm_rank(comm, &rank));
  int first = mine ? rank : nobody;
  check(MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, comm));
  if (first == nobody) return std::nullopt;
  std::string text = first == rank ? *mine : std::string{};
  auto length = static_cast<int>(text.size());
  check(MPI_Bcast(&length, 1, MPI_INT, first, comm));
  text.resize(static_cast<std::size_t>(length));
  check(MPI_Bcast(text.data(), length, MPI_CHAR, first, comm));
  return text;
}

/// All ranks'. None is longer than a PCI address, which is what tells devices apart.
std::vector<std::string> gather_identities(MPI_Comm comm, const std::string& mine, int ranks) {
  constexpr std::size_t longest = 32;
  std::array<char, longest> text{};
  mine.copy(text.data(), longest - 1);
  std::vector<char> all(longest * static_cast<std::size_t>(ranks));
  check(MPI_Allgather(text.data(), longest, MPI_CHAR, all.data(), longest, MPI_CHAR, comm));
  std::vector<std::string> identities;
  for (std::size_t at = 0; at < all.size(); at += longest) identities.emplace_back(&all[at]);
  return identities;
}

}  // namespace

MpiGroup::~MpiGroup() {
  if (comm_ == MPI_COMM_NULL) return;
  finish_enqueued_work();
  int finalized = 0;
  if (MPI_Finalized(&finalized) == MPI_SUCCESS && finalized == 0) MPI_Comm_free(&comm_);
}

LocalPlace local_place(MPI_Comm comm) {
  MPI_Comm node = MPI_COMM_NULL;
  check(MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node));
  const MpiGroup owned{node};
  LocalPlace place;
  check(MPI_Comm_rank(node, &place.rank));
  check(MPI_Comm_size(node, &place.size));
  check(MPI_Comm_rank(comm, &place.first));
  check(MPI_Bcast(&place.first, 1, MPI_INT, 0, node));
  return place;
}

World::World(MPI_Comm comm, Device device) : World{comm, device, properties(device).bus_id} {}

World::World(MPI_Comm comm, Device device, const std::string& identity) : World{duplicate(comm), device, identity} {}

World::World(MpiGroup group, Device device, const std::string& identity) : group_{std::move(group)}, device_{device} {
  check(MPI_Comm_rank(comm(), &rank_));
  check(MPI_Comm_size(comm(), &size_));
  const LocalPlace place = local_place(comm());
  local_size_ = place.size;
  // A node is known by its first rank here.
  const std::vector<std::uint64_t> first_of_node = gather_all(static_cast<std::uint64_t>(place.first));
  std::vector<std::uint64_t> nodes = first_of_node;
  std::ranges::sort(nodes);
  nodes.erase(std::ranges::unique(nodes).begin(), nodes.end());
  nodes_ = static_cast<int>(nodes.size());
  std::vector<int> taken(nodes.size(), 0);
  std::vector<std::string> devices = gather_identities(comm(), identity, size_);
  for (std::size_t rank = 0; rank < first_of_node.size(); ++rank) {
    const auto node = static_cast<std::size_t>(std::ranges::lower_bound(nodes, first_of_node[rank]) - nodes.begin());
    places_.push_back(
        {.node = static_cast<int>(node), .local_rank = taken[node]++, .device = std::move(devices[rank])});
  }
}

void World::barrier() const { check(MPI_Barrier(comm())); }

void World::wait_politely() const {
  constexpr std::chrono::microseconds nap{500};
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Ibarrier(comm(), &request));
  int done = 0;
  while (true) {
    check(MPI_Test(&request, &done, MPI_STATUS_IGNORE));
    if (done != 0) return;
    std::this_thread::sleep_for(nap);
  }
}

bool World::all(bool mine) const {
  int value = mine ? 1 : 0;
  check(MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_INT, MPI_LAND, comm()));
  return value != 0;
}

double World::max(double mine) const {
  check(MPI_Allreduce(MPI_IN_PLACE, &mine, 1, MPI_DOUBLE, MPI_MAX, comm()));
  return mine;
}

std::uint64_t World::sum(std::uint64_t mine) const {
  check(MPI_Allreduce(MPI_IN_PLACE, &mine, 1, MPI_UINT64_T, MPI_SUM, comm()));
  return mine;
}

std::vector<SlowestTime> World::slowest(std::span<const Seconds> mine) const {
  std::vector<SlowestTime> all(mine.size());
  slowest(mine, all);
  return all;
}

void World::slowest(std::span<const Seconds> mine, std::span<SlowestTime> into) const {
  struct TimeOfRank {
    double time;
    int rank;
  };
  constexpr std::size_t at_once = 256;
  std::array<TimeOfRank, at_once> values{};
  for (std::size_t first = 0; first < mine.size(); first += at_once) {
    const std::size_t count = std::min(at_once, mine.size() - first);
    for (std::size_t i = 0; i < count; ++i) values[i] = {.time = mine[first + i].count(), .rank = rank_};
    check(MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(count), MPI_DOUBLE_INT, MPI_MAXLOC, comm()));
    for (std::size_t i = 0; i < count; ++i) {
      into[first + i] = {.time = Seconds{values[i].time}, .rank = values[i].rank};
    }
  }
}

std::vector<std::uint64_t> World::gather_all(std::uint64_t mine) const {
  std::vector<std::uint64_t> all(static_cast<std::size_t>(size_));
  check(MPI_Allgather(&mine, 1, MPI_UINT64_T, all.data(), 1, MPI_UINT64_T, comm()));
  return all;
}

std::string World::broadcast(std::string text) const {
  auto length = static_cast<std::uint64_t>(text.size());
  check(MPI_Bcast(&length, 1, MPI_UINT64_T, 0, comm()));
  text.resize(length);
  check(MPI_Bcast(text.data(), static_cast<int>(length), MPI_CHAR, 0, comm()));
  return text;
}

std::optional<std::string> World::first_problem(const std::optional<std::string>& mine) const {
  return first_problem_in(comm(), mine);
}

std::optional<std::string> World::first_problem_of_whole(const std::optional<std::string>& mine) const {
  return first_problem_in(whole_.get() == MPI_COMM_NULL ? comm() : whole_.get(), mine);
}

std::optional<World> World::first(int ranks) const {
  const bool inside = rank_ < ranks;
  MPI_Comm part = MPI_COMM_NULL;
  check(MPI_Comm_split(comm(), inside ? 0 : MPI_UNDEFINED, rank_, &part));
  if (!inside) return std::nullopt;
  check(MPI_Comm_set_errhandler(part, MPI_ERRORS_RETURN));
  return World{MpiGroup{part}, device_, places_[static_cast<std::size_t>(rank_)].device};
}

World World::split(int color) const {
  MPI_Comm part = MPI_COMM_NULL;
  check(MPI_Comm_split(comm(), color, rank_, &part));
  check(MPI_Comm_set_errhandler(part, MPI_ERRORS_RETURN));
  World made{MpiGroup{part}, device_, places_[static_cast<std::size_t>(rank_)].device};
  made.whole_ = duplicate(comm());
  return made;
}

}  // namespace lanemark
