#include "bench/record/fingerprint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

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

}  // namespace

json to_json(const Fingerprint& f) {
  json object{{"nodes", f.nodes}, {"ranks_per_node", f.ranks_per_node}, {"cpu", f.cpu},
              {"cores", f.cores}, {"memory_gib", f.memory_gib},         {"gpus", f.gpus}};
  if (f.gpus > 0) {
    object["gpu"] = f.gpu;
    object["gpus_per_node"] = f.gpus_per_node;
  }
  if (!f.link.empty()) object["link"] = f.link;
  return object;
}

Fingerprint fingerprint_from_json(const json& object) {
  return {.gpu = optional_as<std::string>(object, "gpu"),
          .gpus = required_as<int>(object, "gpus"),
          .gpus_per_node = optional_as<int>(object, "gpus_per_node"),
          .link = optional_as<std::string>(object, "link"),
          .nodes = required_as<int>(object, "nodes"),
          .ranks_per_node = required_as<int>(object, "ranks_per_node"),
          .cpu = required_as<std::string>(object, "cpu"),
          .cores = required_as<int>(object, "cores"),
          .memory_gib = required_as<int>(object, "memory_gib")};
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
  return fmt::format("{}{} x {}{}", nodes, fingerprint.gpus_per_node, fingerprint.gpu,
                     fingerprint.link.empty() ? "" : ", " + fingerprint.link);
}

std::string id(const Fingerprint& fingerprint) {
  // nlohmann::json keeps keys sorted, so the text is canonical.
  return fmt::format("{:016x}", fnv1a(to_json(fingerprint).dump(-1, ' ', false, json::error_handler_t::replace)));
}

Fingerprint combine(const std::vector<RankHardware>& ranks) {
  std::map<std::string, int> ranks_of, cores_of, memory_of, gpus_of;
  std::set<std::string> cpus, models;
  std::set<std::pair<std::string, std::string>> gpus;
  std::optional<int> slowest_nvlink;
  for (const RankHardware& rank : ranks) {
    ++ranks_of[rank.node];
    cores_of[rank.node] = std::max(cores_of[rank.node], rank.cores);
    memory_of[rank.node] = std::max(memory_of[rank.node], rank.memory_gib);
    cpus.insert(rank.cpu);
    if (rank.gpu.empty()) continue;
    models.insert(rank.gpu);
    if (gpus.emplace(rank.node, rank.gpu_bus_id).second) ++gpus_of[rank.node];
    slowest_nvlink = std::min(slowest_nvlink.value_or(rank.nvlink_gbs), rank.nvlink_gbs);
  }
  Fingerprint f{.gpu = fmt::format("{}", fmt::join(models, " + ")),
                .gpus = static_cast<int>(gpus.size()),
                .gpus_per_node = largest(gpus_of),
                .link = {},
                .nodes = static_cast<int>(ranks_of.size()),
                .ranks_per_node = largest(ranks_of),
                .cpu = fmt::format("{}", fmt::join(cpus, " + ")),
                .cores = largest(cores_of),
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
