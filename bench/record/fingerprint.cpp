// SPDX-License-Identifier: MIT

#include "bench/record/fingerprint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "bench/record/bounds.hpp"
#include "bench/record/fields.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

template <class T>
T largest(const std::map<std::string, T>& by_node) {
  T most{};
  for (const auto& [node, value] : by_node) most = std::max(most, value);
  return most;
}

std::string link_between(const Fingerprint& f, int slowest_nvlink) {
  if (f.gpus < 2) return {};
  if (f.gpus_per_node < 2) return "network";
  return slowest_nvlink > 0 ? fmt::format("NVLink {} GB/s", slowest_nvlink) : "PCIe";
}

/// How ranks share GPUs, for people; empty where they do not.
std::string sharing(const Fingerprint& f) {
  if (f.ranks_per_gpu < 2) return {};
  const bool even = f.ranks_per_node == std::int64_t{f.ranks_per_gpu} * f.gpus_per_node;
  return fmt::format(", {}shared by {}{} ranks", f.gpus_per_node > 1 ? "each " : "", even ? "" : "up to ",
                     f.ranks_per_gpu);
}

}  // namespace

json to_json(const Fingerprint& f) {
  json object{{"nodes", f.nodes}, {"ranks_per_node", f.ranks_per_node}, {"cpu", f.cpu},
              {"cores", f.cores}, {"memory_gib", f.memory_gib},         {"gpus", f.gpus}};
  if (f.gpus > 0) {
    object["gpu"] = f.gpu;
    object["gpus_per_node"] = f.gpus_per_node;
  }
  if (!f.link.empty()) object["link"] = f.link;
  if (f.processors) object["processors"] = *f.processors;
  // Absent where each rank has its own, as in all records before there was anything else.
  if (f.ranks_per_gpu > 1) object["ranks_per_gpu"] = f.ranks_per_gpu;
  return object;
}

Fingerprint fingerprint_from_json(const json& object) {
  Fingerprint f{.gpu = optional_text(object, "gpu", bounds::model),
                .gpus = required_in(object, "gpus", bounds::some),
                .gpus_per_node = optional_in(object, "gpus_per_node", bounds::some).value_or(0),
                .link = optional_text(object, "link", bounds::word),
                .nodes = required_in(object, "nodes", bounds::nodes),
                .ranks_per_node = required_in(object, "ranks_per_node", bounds::ranks),
                .ranks_per_gpu = optional_in(object, "ranks_per_gpu", bounds::ranks).value_or(1),
                .cpu = required_text(object, "cpu", bounds::model),
                .cores = required_in(object, "cores", bounds::some),
                .processors = optional_in(object, "processors", bounds::processors),
                .memory_gib = required_in(object, "memory_gib", bounds::memory_gib)};
  // What the id does not hold may not be there to be shown.
  if (f.gpus == 0 && !f.gpu.empty()) refuse_field("gpu", "is named, and there are no GPUs");
  const bool fit = f.gpus_per_node <= f.gpus && f.gpus <= std::int64_t{f.nodes} * f.gpus_per_node;
  if (!fit) refuse_field("gpus", fmt::format("is {} on {} nodes of {}", f.gpus, f.nodes, f.gpus_per_node));
  if (f.ranks_per_gpu > 1 && (f.gpus == 0 || f.ranks_per_gpu > f.ranks_per_node)) {
    refuse_field("ranks_per_gpu", fmt::format("is {} with {} GPUs and up to {} ranks on a node", f.ranks_per_gpu,
                                              f.gpus, f.ranks_per_node));
  }
  return f;
}

Fingerprint identified_fingerprint(const json& object) {
  Fingerprint f = fingerprint_from_json(required(object, "fingerprint"));
  const std::string given = required_id(object, "fingerprint_id", "a fingerprint");
  if (given == id(f)) return f;
  refuse_field("fingerprint_id",
               fmt::format("is {}, and the fingerprint's fields make {}; one of them was changed", given, id(f)));
}

void require_room(const Fingerprint& f, int ranks) {
  if (ranks <= std::int64_t{f.nodes} * f.ranks_per_node) return;
  refuse_field("ranks", fmt::format("is {} on {} nodes of {} at most", ranks, f.nodes, f.ranks_per_node));
}

Fingerprint without_processors(Fingerprint fingerprint) {
  fingerprint.processors.reset();
  return fingerprint;
}

bool same_machine(const Fingerprint& a, const Fingerprint& b) {
  if (a.processors && b.processors) return a == b;
  return without_processors(a) == without_processors(b);
}

std::vector<Fingerprint> unified(std::vector<Fingerprint> all) {
  std::vector<Fingerprint> full;
  for (const Fingerprint& one : all) {
    if (one.processors && std::ranges::find(full, one) == full.end()) full.push_back(one);
  }
  for (Fingerprint& one : all) {
    if (one.processors) continue;
    const auto may_be = [&](const Fingerprint& other) { return same_machine(one, other); };
    const auto first = std::ranges::find_if(full, may_be);
    if (first != full.end() && std::ranges::count_if(full, may_be) == 1) one = *first;
  }
  return all;
}

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  return hash;
}

std::string machine(const Fingerprint& fingerprint) {
  const std::string nodes = fingerprint.nodes == 1 ? "" : fmt::format("{} nodes of ", fingerprint.nodes);
  if (fingerprint.gpus == 0) return fmt::format("{}{} with {} cores", nodes, fingerprint.cpu, fingerprint.cores);
  return fmt::format("{}{} x {}{}{}", nodes, fingerprint.gpus_per_node, fingerprint.gpu,
                     fingerprint.link.empty() ? "" : ", " + fingerprint.link, sharing(fingerprint));
}

std::string id(const Fingerprint& fingerprint) {
  // nlohmann::json keeps keys sorted, so the text is canonical.
  return fmt::format("{:016x}", fnv1a(to_json(fingerprint).dump(-1, ' ', false, json::error_handler_t::replace)));
}

Fingerprint fingerprint_of(const std::vector<RankHardware>& ranks) {
  std::map<std::string, int> ranks_of, cores_of, memory_of, gpus_of;
  int most_on_gpu = 1;
  std::set<std::string> cpus, models;
  std::map<std::pair<std::string, std::string>, int> gpus;
  std::optional<int> slowest_nvlink;
  for (const RankHardware& rank : ranks) {
    ++ranks_of[rank.node];
    cores_of[rank.node] = std::max(cores_of[rank.node], rank.cores);
    memory_of[rank.node] = std::max(memory_of[rank.node], rank.memory_gib);
    cpus.insert(rank.cpu);
    if (rank.gpu.empty()) continue;
    models.insert(rank.gpu);
    int& on_gpu = gpus[{rank.node, rank.gpu_bus_id}];
    if (++on_gpu == 1) ++gpus_of[rank.node];
    most_on_gpu = std::max(most_on_gpu, on_gpu);
    slowest_nvlink = std::min(slowest_nvlink.value_or(rank.nvlink_gbs), rank.nvlink_gbs);
  }
  Fingerprint f{.gpu = fmt::format("{}", fmt::join(models, " + ")),
                .gpus = static_cast<int>(gpus.size()),
                .gpus_per_node = largest(gpus_of),
                .link = {},
                .nodes = static_cast<int>(ranks_of.size()),
                .ranks_per_node = largest(ranks_of),
                .ranks_per_gpu = most_on_gpu,
                .cpu = fmt::format("{}", fmt::join(cpus, " + ")),
                .cores = largest(cores_of),
                .processors = {},
                .memory_gib = largest(memory_of)};
  f.link = link_between(f, slowest_nvlink.value_or(0));
  return f;
}

int memory_class(Bytes memory) {
  const double gib = static_cast<double>(memory.value) / static_cast<double>(gibibytes(1).value);
  if (gib <= 1) return 1;
  const double power = std::exp2(std::floor(std::log2(gib)));
  constexpr std::array steps{1.0, 1.25, 1.5, 1.75, 2.0};
  const auto nearest = std::ranges::min_element(steps, {}, [&](double step) { return std::abs(step * power - gib); });
  return static_cast<int>(std::lround(*nearest * power));
}

int physical_cores(std::string_view cpuinfo) {
  std::set<std::pair<std::string_view, std::string_view>> cores;
  std::string_view package;
  int processors = 0;
  while (!cpuinfo.empty()) {
    const std::string_view line = cpuinfo.substr(0, cpuinfo.find('\n'));
    cpuinfo.remove_prefix(std::min(line.size() + 1, cpuinfo.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view value = line.substr(colon + 1);
    if (line.starts_with("processor")) ++processors;
    if (line.starts_with("physical id")) package = value;
    if (line.starts_with("core id")) cores.emplace(package, value);
  }
  return cores.empty() ? processors : static_cast<int>(cores.size());
}

}  // namespace lanemark
