// SPDX-License-Identifier: MIT

#include "bench/engine/suite.hpp"

namespace lanemark {

Communicator& Communicators::get(const Backend& backend, const World& group) {
  return *connection(backend, group, {}, {}).communicator;
}

Communicators::Connection& Communicators::connection(const Backend& backend, const World& group,
                                                     const std::string& split, const Tuning& tuning) {
  Connection& connection = open_[{.backend = backend.name, .ranks = group.size(), .split = split, .tuning = tuning}];
  if (!connection.communicator) connection.communicator = backend.connect(group, tuning);
  return connection;
}

ExchangeBuffers& Communicators::buffers(Connection& connection, Registration registration) const {
  return connection.buffers.try_emplace(registration, *connection.communicator, registration).first->second;
}

Bytes Communicators::held(const Key& key, Registration registration) const {
  const auto connection = open_.find(key);
  if (connection == open_.end()) return {};
  const auto buffers = connection->second.buffers.find(registration);
  return buffers == connection->second.buffers.end() ? Bytes{} : buffers->second.held();
}

void Communicators::release_buffers() {
  for (auto& [key, connection] : open_) {
    for (auto& [registration, buffers] : connection.buffers) {
      if (registration != Registration::symmetric) buffers.release();
    }
  }
}

std::vector<IgnoredFlag> ignored_sizes(std::string_view why) {
  std::vector<IgnoredFlag> flags;
  flags.reserve(size_flags.size());
  for (const std::string_view flag : size_flags) flags.push_back({.flag = flag, .why = why});
  return flags;
}

std::optional<Limit> limit_of(const Backend& backend, const SuiteContext& context) {
  if (context.world.nodes() > 1) return std::nullopt;
  if (!shared_gpus(context.world.places()).empty()) return std::nullopt;
  const auto named = [](std::string_view wire, const std::optional<BytesPerSecond>& rate) -> std::optional<Limit> {
    if (!rate) return std::nullopt;
    return Limit{.name = std::string{wire}, .rate = *rate};
  };
  switch (backend.wire) {
    case Backend::Wire::memory: return context.memory_limit;
    case Backend::Wire::host_link: return named("PCIe, one direction", context.device.host_link);
    case Backend::Wire::peer_link: break;
  }
  auto nvlink = named("NVLink, one direction", context.device.peer_link);
  return nvlink ? nvlink : named("PCIe, one direction", context.device.host_link);
}

}  // namespace lanemark
