// SPDX-License-Identifier: MIT

#include "bench/commands/size_options.hpp"

#include <fmt/format.h>

#include "kernels/core/error.hpp"

namespace lanemark {

SizeRange size_range(const MeasuringLine& command_line) {
  const MeasuringOptions& options = command_line.options;
  const bool by_factor = command_line.has("--factor");
  const bool listed = command_line.has("--sizes");
  constexpr std::string_view file_flag = "--sizes-file";
  const bool of_file = command_line.has(file_flag);
  const bool by_steps = command_line.has("--step-bytes");
  const bool smallest_given = command_line.has("--min-bytes");
  const bool largest_given = command_line.has("--max-bytes");
  if (by_factor && by_steps) {
    throw UsageError("-f and -i: each size is a factor times the one before, or a step above it; leave one off");
  }
  const bool ranged = by_factor || by_steps || smallest_given || largest_given;
  if ((listed || of_file) && ranged) {
    throw UsageError(fmt::format("{} names the sizes, and -b, -e, -f and -i make a range of them; leave one off",
                                 listed ? "--sizes" : file_flag));
  }
  if (listed && of_file) throw UsageError("--sizes and --sizes-file say the same; leave one off");
  if (of_file && options.sizes_file.empty()) throw UsageError("--sizes-file needs the name of a file");
  SizeRange range;
  if (by_factor) range.factor = static_cast<std::uint64_t>(options.factor);
  if (smallest_given) range.smallest = parse_bytes(options.smallest);
  if (largest_given) range.largest = parse_bytes(options.largest);
  if (by_steps) {
    range.step = parse_bytes(options.step);
    if (*range.step == Bytes{}) throw UsageError("-i 0: sizes go up by at least 1 byte, e.g. -i 1KiB");
  }
  range.list = sizes_from_list(options.sizes);
  return range;
}

}  // namespace lanemark
