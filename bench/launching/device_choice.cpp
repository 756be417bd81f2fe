// SPDX-License-Identifier: MIT

#include "bench/launching/device_choice.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <sstream>

#include "bench/engine/agreed.hpp"
#include "bench/record/gather_texts.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

using Assign = std::function<std::vector<int>(std::span<const DeviceView>)>;

/// Each node's ranks for themselves: two nodes have the same addresses.
std::vector<DeviceChoice> node_by_node(std::span<const Place> places, std::span<const DeviceView> views,
                                       const Assign& assign_node) {
  std::vector<DeviceChoice> chosen(views.size());
  const int nodes = places.empty() ? 0 : std::ranges::max(places, {}, &Place::node).node + 1;
  for (int node = 0; node < nodes; ++node) {
    std::vector<DeviceView> here;
    for (std::size_t rank = 0; rank < views.size(); ++rank) {
      if (places[rank].node == node) here.push_back(views[rank]);
    }
    const std::vector<int> ordinals = assign_node(here);
    for (std::size_t i = 0; i < here.size(); ++i) {
      const int ordinal = ordinals[i];
      chosen[static_cast<std::size_t>(here[i].rank)] = {.device = {.kind = DeviceKind::cuda, .ordinal = ordinal},
                                                        .identity = here[i].gpus[static_cast<std::size_t>(ordinal)]};
    }
  }
  return chosen;
}

bool any_sees(std::span<const DeviceView> views) {
  return std::ranges::any_of(views, [](const DeviceView& one) { return !one.gpus.empty(); });
}

void refuse_nothing_to_share(const DeviceRequest& asked, bool any_gpu) {
  if (!asked.share_gpus) return;
  throw UsageError(
      fmt::format("--share-gpus would do nothing here: {}, and the CPU is every rank's anyway; leave it off",
                  any_gpu ? "--device host asks for the CPU" : "no GPU is visible"));
}

}  // namespace

std::vector<std::string> visible_gpus() {
  std::vector<std::string> addresses;
  const int gpus = device_count(DeviceKind::cuda);
  addresses.reserve(static_cast<std::size_t>(gpus));
  for (int ordinal = 0; ordinal < gpus; ++ordinal) addresses.push_back(properties({DeviceKind::cuda, ordinal}).bus_id);
  return addresses;
}

std::vector<DeviceChoice> choose_devices(const DeviceRequest& asked, std::span<const Place> places,
                                         std::span<const DeviceView> views) {
  const bool any_gpu = any_sees(views);
  const DeviceKind usual = any_gpu ? DeviceKind::cuda : DeviceKind::host;
  const DeviceKind kind = asked.device.empty() ? usual : parse_device_kind(asked.device);
  if (kind == DeviceKind::host) {
    refuse_nothing_to_share(asked, any_gpu);
    return std::vector<DeviceChoice>(views.size());
  }
  if (!any_gpu) throw UsageError("--device cuda, but no GPU is visible; lanemark doctor says why, --device host works");
  return node_by_node(places, views, asked.share_gpus ? assign_shared : assign);
}

std::vector<DeviceChoice> nearest_devices(std::span<const Place> places, std::span<const DeviceView> views) {
  std::vector<DeviceView> with_gpus;
  std::vector<Place> their_places;
  for (std::size_t rank = 0; rank < views.size(); ++rank) {
    if (views[rank].gpus.empty()) continue;
    with_gpus.push_back({.rank = static_cast<int>(with_gpus.size()), .gpus = views[rank].gpus});
    their_places.push_back(places[rank]);
  }
  const std::vector<DeviceChoice> theirs = node_by_node(their_places, with_gpus, assign_shared);
  std::vector<DeviceChoice> all(views.size());
  auto next = theirs.begin();
  for (std::size_t rank = 0; rank < views.size(); ++rank) {
    if (!views[rank].gpus.empty()) all[rank] = *next++;
  }
  return all;
}

std::vector<DeviceView> gather_views(const World& control, const std::vector<std::string>& visible) {
  std::vector<DeviceView> views;
  for (const std::string& text : gather_texts(control, fmt::format("{}", fmt::join(visible, "\n")))) {
    DeviceView& view = views.emplace_back();
    view.rank = static_cast<int>(views.size()) - 1;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) view.gpus.push_back(line);
  }
  return views;
}

DeviceChoice choose_device(const DeviceRequest& asked, const World& control, const std::vector<std::string>& visible) {
  const std::vector<DeviceView> views = gather_views(control, visible);
  DeviceChoice mine;
  // All see the same, but a launcher may have given each another command line.
  agreed(control,
         [&] { mine = choose_devices(asked, control.places(), views)[static_cast<std::size_t>(control.rank())]; });
  return mine;
}

}  // namespace lanemark
