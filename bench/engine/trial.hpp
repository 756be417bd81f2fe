// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/measurement/case.hpp"
#include "bench/measurement/measurement.hpp"
#include "bench/measurement/split.hpp"
#include "collectives/core/world.hpp"
#include "kernels/core/stream.hpp"

namespace lanemark {

class Stopwatch;

/// How operations follow each other while they are timed.
enum class Pace {
  isolated,      ///< barrier, one operation: latency
  back_to_back,  ///< barrier, many operations, total over count: bandwidth
  continuous,    ///< no barrier, the time from one operation's end to the next one's: training steps
  blocking,      ///< barrier, one operation and waiting for it, by the host's clock and never warmed up: first calls
};

/// A case made ready on one rank. The runner calls it; all ranks of the case go through the same calls.
class Trial {
 public:
  Trial() = default;
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  Trial(Trial&&) = delete;
  Trial& operator=(Trial&&) = delete;
  virtual ~Trial() = default;

  /// Collective, after every rank has its memory: fills buffers, brings ranks to one state. Throws Unsupported, on all
  /// ranks, for what only shows now.
  virtual void begin() {}
  /// On which operations are enqueued and timed.
  [[nodiscard]] virtual StreamRef stream() = 0;
  /// Enqueues the next operation; buffers rotate.
  virtual void enqueue() = 0;
  /// Outside the timed region, before operations whose result `verify` is to look at: no earlier result is left. May
  /// wait, unless `operations_per_refill` bounds the operations.
  virtual void reset() {}
  /// Operations after which data that they change in place must be brought back by `refill`; 0: any number.
  [[nodiscard]] virtual std::uint64_t operations_per_refill() const { return 0; }
  /// Enqueues what brings the data of the operations since the last `reset` back, so that they can be replayed.
  virtual void refill() {}
  /// This rank's verdict on the buffers of the operations since the last `reset`. Takes memory, as `describe` does, by
  /// `take_memory` only.
  [[nodiscard]] virtual Verdict verify() = 0;
  /// Adds what only this kind of case has, measured with the stopwatch after the samples were taken.
  virtual void describe(Measurement& /*measurement*/, const Stopwatch& /*stopwatch*/) {}
};

/// A flag that says nothing of a case.
struct IgnoredFlag {
  std::string_view flag;  ///< the longest of its names, "--root"
  std::string_view why;   ///< "no collective asked for has a root"
};

/// A case a suite wants measured.
struct PlannedCase {
  Case what{};
  Work work{};
  std::optional<Limit> limit{};
  std::string transport{};
  Pace pace = Pace::isolated;
  bool replayed = false;  ///< operations come from a graph captured before
  std::string skip{};     ///< why it cannot be measured, where that is known beforehand
  /// Flags of its suite, and of all suites, that would be the same whatever they said: one that no case heeds is
  /// refused.
  std::vector<IgnoredFlag> ignores{};
  /// Neighbours with the same word here are sampled in turn, where they fit into memory together: what their times are
  /// compared by stays free of the machine's drift. Empty: measured alone.
  std::string companions{};
  std::optional<Split> split{};  ///< the ranks work in groups at once, each prepared with its own group
  /// All that a rank takes for it from being prepared to being verified, to skip a case that cannot fit before it is
  /// tried: on the device, and besides on the host.
  Bytes memory{};
  Bytes host_memory{};
  /// Of the device's, what is held already from earlier cases and will be used or given back; nothing if empty.
  std::function<Bytes()> held{};
  /// Called on the case's ranks: connects, then takes memory, all that operations need included. Throws OutOfMemory or
  /// std::bad_alloc, which may happen on some ranks only, so nothing collective may follow the first allocation; that
  /// belongs to Trial::begin.
  std::function<std::unique_ptr<Trial>(const World& participants)> prepare{};
};

}  // namespace lanemark
