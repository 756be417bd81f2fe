// SPDX-License-Identifier: MIT

#include "bench/launching/device_assignment.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// Ranks and GPUs of a node by their numbers here, while ranks are given GPUs.
class Matching {
 public:
  Matching(std::span<const DeviceView> views, std::size_t most) : most_{most} {
    std::map<std::string, std::size_t> numbers;
    for (const DeviceView& view : views) {
      std::vector<std::size_t>& seen = seen_.emplace_back();
      for (const std::string& gpu : view.gpus) seen.push_back(numbers.emplace(gpu, numbers.size()).first->second);
    }
    users_.resize(numbers.size());
    chosen_.resize(views.size());
  }

  /// Finds a GPU for the rank, others moving where they must. What all have stays where it finds none.
  bool place(std::size_t rank) {
    looked_at_.clear();
    return find(rank);
  }

  /// Of `place`, where it found none: ranks that see nothing but GPUs on which they are already.
  [[nodiscard]] std::set<std::size_t> crowd(std::size_t rank) const {
    std::set<std::size_t> ranks{rank};
    for (const std::size_t gpu : looked_at_) ranks.insert(users_[gpu].begin(), users_[gpu].end());
    return ranks;
  }

  /// The rank that has the first GPU which this one sees.
  [[nodiscard]] std::size_t first_rival(std::size_t rank) const { return users_[seen_[rank].front()].front(); }

  [[nodiscard]] const std::vector<int>& ordinals() const { return chosen_; }

 private:
  bool find(std::size_t rank) {
    const std::vector<std::size_t>& seen = seen_[rank];
    std::size_t best = seen.size();
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (users_[seen[i]].size() >= most_) continue;
      if (best == seen.size() || users_[seen[i]].size() < users_[seen[best]].size()) best = i;
    }
    if (best < seen.size()) {
      take(rank, best);
      return true;
    }
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (!looked_at_.insert(seen[i]).second) continue;
      const std::vector<std::size_t> there = users_[seen[i]];
      for (const std::size_t other : there) {
        if (!find(other)) continue;
        std::erase(users_[seen[i]], other);
        take(rank, i);
        return true;
      }
    }
    return false;
  }

  void take(std::size_t rank, std::size_t ordinal) {
    users_[seen_[rank][ordinal]].push_back(rank);
    chosen_[rank] = static_cast<int>(ordinal);
  }

  std::size_t most_;
  std::vector<std::vector<std::size_t>> seen_;   ///< GPUs of each rank, by ordinal
  std::vector<std::vector<std::size_t>> users_;  ///< ranks of each GPU
  std::vector<int> chosen_;
  std::set<std::size_t> looked_at_;  ///< GPUs, of the last `place`
};

void require_gpus(std::span<const DeviceView> views) {
  const auto blind = std::ranges::find_if(views, [](const DeviceView& one) { return one.gpus.empty(); });
  if (blind == views.end()) return;
  throw UsageError(fmt::format(
      "rank {} sees no GPU, and others of the launch do; see that its CUDA_VISIBLE_DEVICES is not empty and "
      "that the batch system gives every task a GPU (srun --gpus-per-task=1), start fewer ranks, or use "
      "--device host",
      blind->rank));
}

/// "rank 0 sees 0000:1B:00.0, 0000:3B:00.0"; not more than a person reads.
std::string told(const DeviceView& view) {
  constexpr std::size_t most = 8;
  const std::size_t shown = std::min(most, view.gpus.size());
  std::string text = fmt::format("rank {} sees {}", view.rank, fmt::join(std::span{view.gpus}.first(shown), ", "));
  if (view.gpus.size() > shown) text += fmt::format(" and {} more", view.gpus.size() - shown);
  return text;
}

[[noreturn]] void refuse(std::span<const DeviceView> views, const Matching& found, std::size_t rank) {
  const DeviceView& one = views[found.first_rival(rank)];
  const DeviceView& other = views[rank];
  const std::set<std::size_t> crowd = found.crowd(rank);
  constexpr std::size_t most_views = 4;
  std::vector<std::string> seen;
  for (const std::size_t each : crowd) {
    if (seen.size() < most_views) seen.push_back(told(views[each]));
  }
  const std::string more =
      crowd.size() > most_views ? fmt::format("; {} more see no others", crowd.size() - most_views) : "";
  // One fewer than ranks is what they have between them.
  const std::size_t gpus = crowd.size() - 1;
  const bool alike = std::ranges::all_of(views, [&](const DeviceView& view) { return view.gpus == one.gpus; });
  const std::string start =
      alike ? fmt::format(
                  "start one rank a GPU (mpirun -np {}; {} a node where there are several), or show each rank "
                  "another GPU (srun --gpus-per-task=1, or its own CUDA_VISIBLE_DEVICES)",
                  gpus, gpus)
            : std::string{
                  "show each rank a GPU of its own (srun --gpus-per-task=1, or its own CUDA_VISIBLE_DEVICES), or "
                  "all of them to every rank (srun --gpu-bind=none)"};
  throw UsageError(fmt::format(
      "ranks {} and {} would share GPU {}: {} ranks of a node see {} GPU{} between them ({}{}); {}; let them share by "
      "--share-gpus, or use --device host",
      one.rank, other.rank, other.gpus.front(), crowd.size(), gpus, gpus == 1 ? "" : "s", fmt::join(seen, "; "), more,
      start));
}

}  // namespace

std::optional<std::vector<int>> assign_at_most(std::span<const DeviceView> of_node, int most) {
  Matching matching{of_node, static_cast<std::size_t>(most)};
  for (std::size_t rank = 0; rank < of_node.size(); ++rank) {
    if (!matching.place(rank)) return std::nullopt;
  }
  return matching.ordinals();
}

std::vector<int> assign(std::span<const DeviceView> of_node) {
  require_gpus(of_node);
  Matching matching{of_node, 1};
  for (std::size_t rank = 0; rank < of_node.size(); ++rank) {
    if (!matching.place(rank)) refuse(of_node, matching, rank);
  }
  return matching.ordinals();
}

std::vector<int> assign_shared(std::span<const DeviceView> of_node) {
  require_gpus(of_node);
  for (int most = 1;; ++most) {
    if (auto ordinals = assign_at_most(of_node, most)) return *ordinals;
  }
}

}  // namespace lanemark
