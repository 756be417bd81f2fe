// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/machine/gpu_use.hpp"
#include "bench/machine/processor_use.hpp"
#include "bench/measurement/case.hpp"
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
  std::string
      detail{};  ///< for wrong: how many elements, the first index, the rank; unverified: why, where it is known
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
  std::vector<Ceiling> ceilings{};           ///< of a kernel, the measured one first
  std::optional<ProcessorUse> processors{};  ///< while it was timed, by all that ran there
  std::vector<GpuUse> gpus{};                ///< while it was timed, by rank; empty on the host device
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

/// Why what was timed is not the machine's own: others took its processors (processor_use.hpp), or a GPU was shared or
/// slowed itself down (gpu_use.hpp); empty where it is.
std::string disturbance(const Measurement& m);

inline bool measured(const Measurement& m) { return m.skipped.empty() && !m.samples.empty(); }
/// Whether speeds may be shown, and count: something was measured and its data is not known to be wrong.
inline bool presentable(const Measurement& m) { return measured(m) && m.verdict.kind != Verdict::Kind::wrong; }
Seconds median(const Measurement& m);
/// Total time over samples.
Seconds mean(const Measurement& m);
/// Whether the mean is more than 1.2 times the median: samples that come in bursts, as the host's of tiny steps do, or
/// a few that take far longer. Then the median says little about what many operations take together.
bool uneven(const Measurement& m);
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

/// Bytes of an operation over the median. Back to back, each sample is the total of many operations over their count.
BytesPerSecond algorithm_bandwidth(const Measurement& m);
BytesPerSecond bus_bandwidth(const Measurement& m);
/// busbw over the limit, or nothing without a limit.
std::optional<double> share_of_limit(const Measurement& m);
/// Training samples over the total time of the steps, not over the median's.
double samples_per_second(const Measurement& m);
/// Step time less the same step with communication switched off, not below zero.
std::optional<Seconds> exposed_communication(const Measurement& m);

/// What ceilings count: floating-point operations a second where the work has them, else bytes.
double ceiling_rate(const Measurement& m);
/// The ceiling that was "measured", or is in the "datasheet"; null where that is not known.
const Ceiling* ceiling(const Measurement& m, std::string_view source);

/// What was measured at one rank, found by the cases of more. All of a table ask for theirs, so that none looks through
/// all others.
class SingleRanks {
 public:
  /// They outlive it.
  SingleRanks(const std::vector<Measurement>& all);  // NOLINT(google-explicit-constructor)
  /// The measurement of the same case and repetition at one rank, or null; one of wrong data does not count.
  [[nodiscard]] const Measurement* of(const Measurement& m) const;

 private:
  std::map<std::pair<std::string, int>, const Measurement*> by_case_;  ///< its name, and the repetition
};
/// samples/s over those of one rank; nothing without that row. Both for strong and weak scaling.
std::optional<double> speed_up(const Measurement& m, const SingleRanks& alone);

}  // namespace lanemark
