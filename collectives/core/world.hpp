// SPDX-License-Identifier: MIT

#pragma once

#include <mpi.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "collectives/core/place.hpp"
#include "kernels/core/device.hpp"
#include "kernels/core/units.hpp"

namespace lanemark {

/// MPI for the program's life. Everything that holds a communicator must go first.
class MpiSession {
 public:
  /// Throws UsageError where the launcher started several processes that MPI sees as worlds of one.
  MpiSession(int& argc, char**& argv);
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;
  MpiSession(MpiSession&&) = delete;
  MpiSession& operator=(MpiSession&&) = delete;
  ~MpiSession();
};

/// Owns an MPI communicator made by duplicating or splitting another. Goes when no stream's work can use it any more.
class MpiGroup {
 public:
  MpiGroup() = default;
  explicit MpiGroup(MPI_Comm owned) : comm_{owned} {}
  MpiGroup(MpiGroup&& other) noexcept : comm_{other.comm_} { other.comm_ = MPI_COMM_NULL; }
  MpiGroup& operator=(MpiGroup&& other) noexcept {
    std::swap(comm_, other.comm_);
    return *this;
  }
  MpiGroup(const MpiGroup&) = delete;
  MpiGroup& operator=(const MpiGroup&) = delete;
  ~MpiGroup();

  [[nodiscard]] MPI_Comm get() const { return comm_; }

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
};

/// A time agreed by all ranks: the slowest rank's, and which rank that was.
struct SlowestTime {
  Seconds time{};
  int rank = 0;
};

/// A group of ranks that measure together, each with its device. All members call each function in the same
/// order; every one of them is a collective over host memory.
class World {
 public:
  /// Duplicates `comm`, so that control traffic never meets measured traffic. Asks the platform which device it is.
  World(MPI_Comm comm, Device device);
  /// The same where that is known (`Place::device`).
  World(MPI_Comm comm, Device device, const std::string& identity);

  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] bool is_root() const { return rank_ == 0; }
  [[nodiscard]] Device device() const { return device_; }
  [[nodiscard]] MPI_Comm comm() const { return group_.get(); }

  void barrier() const;
  /// Like a barrier, but sleeps between looks: for ranks that wait for others' measurements without taking
  /// their processor.
  void wait_politely() const;

  [[nodiscard]] bool all(bool mine) const;
  [[nodiscard]] double max(double mine) const;
  [[nodiscard]] std::uint64_t sum(std::uint64_t mine) const;
  /// Element-wise over ranks; ties go to the lower rank.
  [[nodiscard]] std::vector<SlowestTime> slowest(std::span<const Seconds> mine) const;
  /// The same into memory of the caller's, as large as `mine`, and takes none itself.
  void slowest(std::span<const Seconds> mine, std::span<SlowestTime> into) const;
  /// Everyone's value, by rank.
  [[nodiscard]] std::vector<std::uint64_t> gather_all(std::uint64_t mine) const;
  /// The root's text, on all.
  [[nodiscard]] std::string broadcast(std::string text) const;
  /// The first rank's problem, on all ranks; nothing if nobody has one.
  [[nodiscard]] std::optional<std::string> first_problem(const std::optional<std::string>& mine) const;
  /// The same over all ranks of the world that this one was split from, whose other parts call it too.
  [[nodiscard]] std::optional<std::string> first_problem_of_whole(const std::optional<std::string>& mine) const;

  /// The world of ranks [0, ranks); nothing for the ranks outside. Collective over this world.
  [[nodiscard]] std::optional<World> first(int ranks) const;
  /// The world of all ranks with this rank's color, in rank order. Collective over this world.
  [[nodiscard]] World split(int color) const;
  /// Ranks that share this rank's node.
  [[nodiscard]] int local_rank() const { return places_[static_cast<std::size_t>(rank_)].local_rank; }
  [[nodiscard]] int local_size() const { return local_size_; }
  [[nodiscard]] int nodes() const { return nodes_; }
  /// Ranks that use this rank's device, this one included: on the host device all of the node.
  [[nodiscard]] int sharers() const { return lanemark::sharers(places_, rank_); }
  /// Whether any two ranks use one device; the same on all ranks.
  [[nodiscard]] bool shares_devices() const { return most_sharers(places_) > 1; }
  /// Of all ranks.
  [[nodiscard]] std::span<const Place> places() const { return places_; }

 private:
  World(MpiGroup group, Device device, const std::string& identity);

  MpiGroup group_;
  MpiGroup whole_;  ///< all parts of what was split, this one included; none if this is no part
  Device device_;
  int rank_ = 0;
  int size_ = 1;
  int local_size_ = 1;
  int nodes_ = 1;
  std::vector<Place> places_;
};

/// Rank on this node and number of ranks there, before a device is chosen.
struct LocalPlace {
  int rank = 0;
  int size = 1;
  int first = 0;  ///< rank in the communicator asked of this node's first
};
LocalPlace local_place(MPI_Comm comm);

}  // namespace lanemark
