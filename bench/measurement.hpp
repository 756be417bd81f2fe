#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/case.hpp"
#include "collectives/core/communicator.hpp"
#include "kernels/core/units.hpp"

namespace lanemark {

/// What one operation of a case does.
struct Work {
  std::uint64_t elements = 0;  ///< the row's count
  Bytes bytes{};               ///< what algbw divides by time
  double bus_factor = 1;       ///< busbw = algbw · bus_factor
  Flops flops{};
  std::uint64_t samples = 0;  ///< training samples, all ranks together
};

/// The named ceiling a rate stands beside, e.g. {"NVLink, one direction", 478e9}.
struct Limit {
  std::string name;
  BytesPerSecond rate;
};

/// What a kernel could reach at most, in bytes or, where its work is counted in them, floating-point operations a
/// second.
struct Ceiling {
  std::string name;
  double per_second;
};

struct Verdict {
  enum class Kind { unverified, correct, wrong } kind = Kind::unverified;
  std::string detail{};  ///< for wrong: how many elements, the first index, the rank
};

/// A part of a training step, the slowest rank's median.
struct Phase {
  std::string name;
  Seconds time{};
};

/// What only training cases have. Per-rank lists are by rank.
struct TrainingFigures {
  std::vector<Phase> phases{};
  std::optional<Seconds> without_communication{};  ///< median of the same step with communication switched off
  std::vector<std::uint64_t> bytes_sent{};         ///< per rank and step, bandwidth-optimal count
  std::vector<std::uint64_t> peak_memory{};        ///< bytes per rank, lanemark's own device allocations
  std::vector<std::uint64_t> buckets{};            ///< all-reduce sizes in bytes, in order; empty without buckets
  std::uint64_t parameters = 0;
  std::uint64_t batch = 0;  ///< samples of the whole step, all ranks
};

/// Some of the ranks of a case whose ranks worked in groups at once.
struct GroupTime {
  std::vector<int> ranks{};
  Seconds median{};  ///< of the group's slowest rank
};

/// Why no further samples were taken.
enum class Stop {
  count,      ///< the planned number was reached
  precision,  ///< the median's confidence interval was as narrow as asked
  time,       ///< the case's time was spent first
};

/// A case measured: the one record that flows from timing to store to report. Everything else is a free function.
struct Measurement {
  Case what{};
  std::string device{};     ///< "cuda" or "host"
  std::string transport{};  ///< how the data went: "device buffers", "staged through pinned host memory" …
  Work work{};
  std::optional<Limit> limit{};
  std::uint64_t operations_per_sample = 1;
  std::vector<Seconds> samples{};   ///< per operation, the slowest rank's
  std::vector<int> slowest_rank{};  ///< of each sample
  Seconds warm_up{};                ///< spent until the time settled
  std::uint64_t warm_up_operations = 0;
  Verdict verdict{};
  std::string skipped{};  ///< why nothing was measured; empty if it was
  int repetition = 0;
  Stop stop = Stop::count;
  std::optional<Route> route{};     ///< what the backend did, where it tells
  std::vector<GroupTime> groups{};  ///< only where the ranks were split
  std::optional<TrainingFigures> training{};
  std::vector<Ceiling> ceilings{};  ///< of a kernel, the measured one first
};

/// `q` in [0, 1], linear between order statistics (type 7 of Hyndman and Fan 1996). Throws Error on no samples.
Seconds quantile(std::vector<Seconds> samples, double q);

/// Where the true median lies with a confidence of at least 95 %, whatever the distribution: between two order
/// statistics (sign test; Conover 1999, 3.2). Nothing below six samples, for which there are none.
struct Interval {
  Seconds low;
  Seconds high;
};
std::optional<Interval> median_interval(std::vector<Seconds> samples);
/// Half that interval's width over the median.
std::optional<double> relative_precision(const std::vector<Seconds>& samples);

inline bool measured(const Measurement& m) { return m.skipped.empty() && !m.samples.empty(); }
Seconds median(const Measurement& m);
Seconds p95(const Measurement& m);
Seconds p99(const Measurement& m);
Seconds fastest(const Measurement& m);
Seconds slowest(const Measurement& m);
/// The rank that was slowest most often (ties: the lower), and its share of the samples in [0, 1].
struct Straggler {
  int rank;
  double share;
};
Straggler straggler(const Measurement& m);

BytesPerSecond algorithm_bandwidth(const Measurement& m);
BytesPerSecond bus_bandwidth(const Measurement& m);
/// busbw over the limit, or nothing without a limit.
std::optional<double> share_of_limit(const Measurement& m);
double samples_per_second(const Measurement& m);
/// Step time less the same step with communication switched off, not below zero.
std::optional<Seconds> exposed_communication(const Measurement& m);

/// The measurement of the same case at one rank, in `all`, or null.
const Measurement* single_rank(const Measurement& m, const std::vector<Measurement>& all);
/// samples/s over those of one rank; nothing without that row. Both for strong and weak scaling.
std::optional<double> speed_up(const Measurement& m, const std::vector<Measurement>& all);

}  // namespace lanemark
