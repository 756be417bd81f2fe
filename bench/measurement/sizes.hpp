// SPDX-License-Identifier: MIT

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/core/units.hpp"

// Which sizes are measured.

namespace lanemark {

/// Sizes from `smallest` to `largest`, each `factor` times the one before or `step` more; or those of a list. What is
/// absent is the suite's choice.
struct SizeRange {
  std::optional<Bytes> smallest{};
  std::optional<Bytes> largest{};
  std::optional<std::uint64_t> factor{};
  std::optional<Bytes> step{};  ///< in place of the factor
  std::vector<Bytes> list{};    ///< in place of all of them: ascending, each once

  /// Whether the user said how far the sizes go.
  [[nodiscard]] bool given() const { return smallest || largest || !list.empty(); }
};

/// The flags that say so.
inline constexpr std::array<std::string_view, 5> size_flags{"--min-bytes", "--max-bytes", "--factor", "--step-bytes",
                                                            "--sizes"};

/// What is asked for at once; more would take days, and a step was meant to be larger.
inline constexpr std::size_t most_sizes = 100'000;

/// The sizes, ascending. From 0 bytes on a range goes to `default_smallest`, and from there as it says; by steps it
/// goes from 0 as from any other. Throws UsageError for a factor below 2, a step of 0, a range that is empty, and more
/// than `most_sizes`.
std::vector<Bytes> expand(const SizeRange& range, Bytes default_smallest, Bytes default_largest,
                          std::uint64_t default_factor = 8);

/// Those of a list in any order, as "8", "1KiB": ascending, each once. Throws UsageError for what is no size, and more
/// than `most_sizes`.
std::vector<Bytes> sizes_from_list(std::span<const std::string> list);

/// Those of a text with one a line, where # begins a comment and an empty line says nothing. Throws UsageError that
/// names `source` and the line.
std::vector<Bytes> sizes_from_lines(std::string_view text, std::string_view source);

/// What `sizes_from_list` reads as these, in one word: "0B,8B,1KiB".
std::string joined(std::span<const Bytes> sizes);

}  // namespace lanemark
