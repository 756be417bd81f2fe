// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include <algorithm>

#include "bench/commands/size_options.hpp"
#include "bench/engine/agreed.hpp"
#include "bench/files/regular_file.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

constexpr std::string_view file_flag = "--sizes-file";
constexpr std::uintmax_t most_bytes_of_file = 1U << 20U;
/// A word of a command line may have 128 KiB on Linux, and a record's whole command line about as many.
constexpr std::size_t longest_list = 1U << 16U;

bool to_be_read(const MeasuringOptions& options) { return !options.sizes_file.empty() && options.sizes.empty(); }

/// As --sizes takes them.
std::string sizes_of_file(const std::string& file) {
  RegularFile opened{file, most_bytes_of_file, "give a file with one size a line, e.g. 4KiB"};
  std::string list = joined(sizes_from_lines(opened.read_all(), file));
  if (list.size() > longest_list) {
    throw UsageError(fmt::format(
        "{} names more sizes than the command line of a launch can: {} characters of at most {}; name fewer", file,
        list.size(), longest_list));
  }
  return list;
}

std::vector<std::string> parts_of(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    parts.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

void put_in_place(MeasuringLine& command_line, const std::string& list) {
  command_line.options.sizes = parts_of(list);
  const auto file = std::ranges::find(command_line.given, file_flag, &GivenFlag::name);
  *file = {.name = "--sizes", .values = {list}, .use = FlagUse::measurement};
}

}  // namespace

void take_sizes_file(MeasuringLine& command_line) {
  if (to_be_read(command_line.options)) put_in_place(command_line, sizes_of_file(command_line.options.sizes_file));
}

void take_sizes_file(MeasuringLine& command_line, const World& world) {
  if (!to_be_read(command_line.options)) return;
  std::string list;
  agreed(world, [&] {
    if (world.is_root()) list = sizes_of_file(command_line.options.sizes_file);
  });
  put_in_place(command_line, world.broadcast(list));
}

}  // namespace lanemark
