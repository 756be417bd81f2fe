// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "bench/record/range.hpp"

// What a record, a baseline and a file of rules may say: files come from anybody. Each bound lies beyond what a machine
// can do, and so near that no figure made from such numbers is infinite or no number. results/schema.json says the same
// of records to other programs, and a test holds the two against each other.

namespace lanemark::bounds {

// Of files, in bytes.
inline constexpr std::uintmax_t record_bytes = std::uintmax_t{1} << 32U;
inline constexpr std::size_t line_bytes = std::size_t{1} << 27U;
inline constexpr std::size_t baseline_bytes = std::size_t{1} << 28U;
inline constexpr std::size_t baseline_values = std::size_t{1} << 25U;  ///< of JSON
inline constexpr std::size_t rules_bytes = std::size_t{1} << 20U;

// Lengths of texts, in characters.
inline constexpr std::size_t word = 256;          ///< names of parts: an operation, a backend, a limit
inline constexpr std::size_t name = 4096;         ///< of a case, and values of its labels
inline constexpr std::size_t model = 4096;        ///< of processors and GPUs; those of several kinds are joined
inline constexpr std::size_t sentence = 32'768;   ///< reasons, values of variables
inline constexpr std::size_t argument = 131'072;  ///< of a command line: what Linux takes

// Numbers of things.
inline constexpr std::size_t measurements = 1'000'000;  ///< of a record, and cases of a baseline
inline constexpr std::size_t samples = 1'000'000;
inline constexpr std::size_t of_ranks = 1'000'000;  ///< lists with an entry for each rank
inline constexpr std::size_t gpu_reasons = 64;
inline constexpr std::size_t taints = 4'000'000;  ///< throttled and shared, at the start and the end
inline constexpr std::size_t labels = 64;
inline constexpr std::size_t phases = 1000;
inline constexpr std::size_t ceilings = 64;
inline constexpr std::size_t buckets = 1'000'000;
inline constexpr std::size_t arguments = 100'000;
inline constexpr std::size_t names = 1000;  ///< of software, variables, metrics
inline constexpr std::size_t launches = 100'000;
inline constexpr std::size_t rules = 10'000;

inline constexpr Range<int> ranks{1, 1'000'000};
inline constexpr Range<int> sharers{2, ranks.most};  ///< ranks of one GPU, where they are several
inline constexpr Range<int> rank{0, ranks.most - 1};
inline constexpr Range<int> some{0, 1'000'000};  ///< processors, GPUs, channels, processes: none, too
inline constexpr Range<int> processors{1, 1'000'000};
inline constexpr Range<int> nodes{1, 1'000'000};
inline constexpr Range<int> memory_gib{0, 1'000'000'000};
inline constexpr Range<int> repetition{0, std::numeric_limits<int>::max()};
inline constexpr Range<std::uint64_t> count{0, std::numeric_limits<std::uint64_t>::max()};
inline constexpr Range<std::uint64_t> case_size{0, std::numeric_limits<std::uint64_t>::max()};
/// Of operations: as many as a double counts.
inline constexpr Range<std::uint64_t> operations{0, std::uint64_t{1} << 53U};

/// What was timed, in seconds: shorter is no clock's resolution, longer nobody waits.
inline constexpr Range<double> time{1e-12, 1e6};
/// What may have been no time at all: a phase without work, a warm-up that was left out.
inline constexpr Range<double> duration{0, 1e9};
inline constexpr Range<double> bus_factor{0, 16};
inline constexpr Range<double> flops{0, 1e30};
inline constexpr Range<double> bytes_per_second{1, 1e18};
inline constexpr Range<double> per_second{1, 1e24};
/// Of any metric, in its unit: the largest count in the shortest time is less.
inline constexpr Range<double> value{0, 1e60};
inline constexpr Range<double> noise{0, 999.9999999999999};  // a thousandfold is no noise: all would be the same

inline constexpr Range<double> load{0, 1e6};  ///< tasks
inline constexpr Range<int> mhz{0, 1'000'000};
inline constexpr Range<int> celsius{-273, 1000};
inline constexpr Range<double> watts{0, 1e6};

}  // namespace lanemark::bounds
