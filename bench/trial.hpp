#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bench/case.hpp"
#include "bench/measurement.hpp"
#include "collectives/core/world.hpp"
#include "kernels/core/stream.hpp"

namespace lanemark {

class Stopwatch;

/// How operations follow each other while they are timed.
enum class Pace {
  isolated,      ///< barrier, one operation: latency
  back_to_back,  ///< barrier, many operations, total over count: bandwidth
  continuous,    ///< no barrier, the time from one operation's end to the next one's: training steps
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

  /// Collective, after every rank has its memory: fills buffers, brings ranks to one state.
  virtual void begin() {}
  /// On which operations are enqueued and timed.
  [[nodiscard]] virtual StreamRef stream() = 0;
  /// Enqueues operation number `index` since the case began; buffers rotate by it.
  virtual void enqueue(std::uint64_t index) = 0;
  /// Puts data that operations change in place back to where it started; outside the timed region.
  virtual void reset() {}
  /// This rank's verdict on the buffers that were timed.
  [[nodiscard]] virtual Verdict verify() = 0;
  /// Adds what only this kind of case has, measured with the stopwatch after the samples were taken.
  virtual void describe(Measurement& /*measurement*/, const Stopwatch& /*stopwatch*/) {}
};

/// A case a suite wants measured.
struct PlannedCase {
  Case what{};
  Work work{};
  std::optional<Limit> limit{};
  std::string transport{};
  Pace pace = Pace::isolated;
  /// Device memory a rank needs, to skip a case that cannot fit before it is tried.
  Bytes memory{};
  /// Called on the case's ranks: connects, then takes memory. Throws OutOfMemory, which may happen on some ranks
  /// only, so nothing collective may follow the first allocation; that belongs to Trial::begin.
  std::function<std::unique_ptr<Trial>(const World& participants)> prepare{};
};

}  // namespace lanemark
