// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/engine/cli11_fwd.hpp"
#include "bench/engine/exchange_buffers.hpp"
#include "bench/engine/peer_links.hpp"
#include "bench/engine/trial.hpp"
#include "bench/measurement/sizes.hpp"
#include "collectives/core/communicator.hpp"
#include "collectives/core/world.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {

/// Connections made on first use and kept for the launch.
class Communicators {
 public:
  /// Which ranks: those of a split, or if that is empty the first of the launch; tuned or not.
  struct Key {
    std::string_view backend;
    int ranks = 1;
    std::string split{};
    Tuning tuning{};
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Connection {
    std::unique_ptr<Communicator> communicator;
    std::map<Registration, ExchangeBuffers> buffers{};  ///< go before it
  };

  /// Collective over `group` when it is the first call for this key.
  Communicator& get(const Backend& backend, const World& group);
  Connection& connection(const Backend& backend, const World& group, const std::string& split, const Tuning& tuning);
  ExchangeBuffers& buffers(Connection& connection, Registration registration) const;

  /// Memory of the buffers that a connection of this key holds.
  [[nodiscard]] Bytes held(const Key& key, Registration registration) const;
  /// Makes room for others. Local; leaves windows, as ranks must give those up together.
  void release_buffers();

 private:
  std::map<Key, Connection> open_;
};

/// What every suite plans with; the same on all ranks but for the world's rank.
struct SuiteContext {
  const World& world;
  Communicators& communicators;
  DeviceProperties device;
  std::vector<int> ranks;                ///< numbers of ranks to measure, ascending; empty: the suite's choice
  std::vector<const Backend*> backends;  ///< never empty, the preferred one first
  bool backends_given = false;           ///< by the user
  SizeRange sizes;
  std::uint64_t seed = 1;
  std::optional<Limit> memory_limit;  ///< copying in host memory, measured at start on the host device
  PeerLinks peer_links{};             ///< between the ranks' GPUs
  std::string
      left_out{};  ///< why a backend that is usually measured is not, as a sentence; empty where none is left out
};

/// All flags that say which sizes, for cases that have none, with the reason.
std::vector<IgnoredFlag> ignored_sizes(std::string_view why);

/// The wire a backend's data crosses, as far as its rate is known; across nodes that is the network, whose rate is not.
/// Ranks that share a GPU share its wires too, or use none between them: what each has of them is not known.
std::optional<Limit> limit_of(const Backend& backend, const SuiteContext& context);

/// A group of cases a user asks for by name. It declares cases and never times.
class Suite {
 public:
  Suite() = default;
  Suite(const Suite&) = delete;
  Suite& operator=(const Suite&) = delete;
  Suite(Suite&&) = delete;
  Suite& operator=(Suite&&) = delete;
  virtual ~Suite() = default;

  /// Flags that shape what its cases measure, each with a long name. A stranger's record may set them, so none names a
  /// file or a program.
  virtual void add_options(CLI::App& app) = 0;
  /// Fewer cases, for the two-minute tour; flags the user gave still count.
  virtual void make_quick() = 0;
  /// Local: no communication, no allocation. Throws UsageError. The suite outlives the cases.
  virtual std::vector<PlannedCase> plan(const SuiteContext& context) = 0;
};

/// Each suite's file registers one.
struct SuiteEntry {
  std::string_view name;
  int order;  ///< of running when several are asked for
  std::string_view what;
  std::unique_ptr<Suite> (*make)();
};

}  // namespace lanemark
