// SPDX-License-Identifier: MIT

#include "bench/measurement/sizes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

std::vector<Bytes> by_steps(Bytes smallest, Bytes largest, Bytes step) {
  if (step == Bytes{}) throw UsageError("size step 0B: must be at least 1 byte");
  const std::uint64_t steps = (largest - smallest) / step;
  const std::uint64_t count = std::max(steps, steps + 1);  // of all that there are, one more is none
  if (count > most_sizes) {
    throw UsageError(fmt::format(
        "steps of {} make {} sizes from {} to {}, and at most {} are measured at once; take a larger step (-i), or a "
        "smaller largest size (-e)",
        size_name(step), count, size_name(smallest), size_name(largest), most_sizes));
  }
  std::vector<Bytes> sizes;
  sizes.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) sizes.push_back(smallest + step * i);
  return sizes;
}

std::vector<Bytes> by_factor(Bytes smallest, Bytes largest, std::uint64_t factor, Bytes usual_smallest) {
  if (factor < 2) throw UsageError(fmt::format("size factor {}: must be at least 2", factor));
  std::vector<Bytes> sizes;
  if (smallest == Bytes{}) {
    sizes.push_back(smallest);
    smallest = std::min(std::max(usual_smallest, Bytes{1}), largest);
    if (largest == Bytes{}) return sizes;
  }
  for (Bytes size = smallest; size <= largest; size = size * factor) {
    sizes.push_back(size);
    if (size.value > largest.value / factor) break;
  }
  return sizes;
}

/// Ascending, each once.
std::vector<Bytes> in_order(std::vector<Bytes> sizes) {
  std::ranges::sort(sizes);
  sizes.erase(std::ranges::unique(sizes).begin(), sizes.end());
  return sizes;
}

void require_few(std::size_t sizes) {
  if (sizes <= most_sizes) return;
  throw UsageError(fmt::format("{} sizes: at most {} are measured at once; name fewer", sizes, most_sizes));
}

/// Without blanks at its ends, the end of a line as Windows writes it included.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// No size is as long, and a message that held what is would say nothing else.
constexpr std::size_t longest_size = 64;

}  // namespace

std::vector<Bytes> expand(const SizeRange& range, Bytes default_smallest, Bytes default_largest,
                          std::uint64_t default_factor) {
  if (!range.list.empty()) return range.list;
  const Bytes smallest = range.smallest.value_or(default_smallest);
  const Bytes largest = range.largest.value_or(std::max(default_largest, smallest));
  if (smallest > largest) {
    throw UsageError(fmt::format("no sizes from {} to {}: the smallest is above the largest", size_name(smallest),
                                 size_name(largest)));
  }
  if (range.step) return by_steps(smallest, largest, *range.step);
  return by_factor(smallest, largest, range.factor.value_or(default_factor), default_smallest);
}

std::vector<Bytes> sizes_from_list(std::span<const std::string> list) {
  require_few(list.size());
  std::vector<Bytes> sizes;
  sizes.reserve(list.size());
  for (const std::string& text : list) {
    if (text.size() > longest_size) throw UsageError(fmt::format("size {}: not a size, e.g. 4KiB", in_quotes(text)));
    sizes.push_back(parse_bytes(text));
  }
  return in_order(std::move(sizes));
}

std::vector<Bytes> sizes_from_lines(std::string_view text, std::string_view source) {
  std::vector<Bytes> sizes;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::string_view size = trimmed(line.substr(0, line.find('#')));
    if (size.empty()) continue;
    try {
      if (size.size() > longest_size) throw UsageError("not a size");
      sizes.push_back(parse_bytes(size));
    } catch (const UsageError&) {
      throw UsageError(
          fmt::format("{}, line {}: {} is no size; write one a line, in bytes or a binary unit, e.g. 8, "
                      "4KiB, 25MiB; # begins a comment",
                      source, number, in_quotes(size)));
    }
  }
  if (sizes.empty()) throw UsageError(fmt::format("{} names no size; write one a line, e.g. 4KiB", source));
  require_few(sizes.size());
  return in_order(std::move(sizes));
}

std::string joined(std::span<const Bytes> sizes) {
  std::string text;
  for (const Bytes size : sizes) {
    if (!text.empty()) text += ',';
    text += size_name(size);
  }
  return text;
}

}  // namespace lanemark
