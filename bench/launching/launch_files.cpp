// SPDX-License-Identifier: MIT

#include "bench/launching/launch_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>

#include "bench/files/descriptor.hpp"
#include "bench/record/durable_file.hpp"
#include "bench/record/store.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

namespace fs = std::filesystem;

/// Whether its header has this id.
bool is_of(const fs::path& record, const std::string& id) {
  std::ifstream file{record};
  std::string header;
  return std::getline(file, header) && header.find(fmt::format(R"("launch":"{}")", id)) != std::string::npos;
}

/// The record that a launch names at its end.
fs::path named_in(const fs::path& log) {
  constexpr std::string_view mark = "Record: ";
  std::ifstream file{log};
  fs::path name;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(mark)) name = line.substr(mark.size());
  }
  return name;
}

}  // namespace

std::set<fs::path> records(const fs::path& folder) {
  std::set<fs::path> found;
  std::error_code status;
  for (fs::directory_iterator entry{folder, status}, end; !status && entry != end; entry.increment(status)) {
    const std::string name = entry->path().filename().string();
    const bool named = name.ends_with(".jsonl") || name.ends_with(".jsonl.partial");
    std::error_code unknown;  // a pipe would be waited for
    if (named && entry->is_regular_file(unknown)) found.insert(entry->path());
  }
  return found;
}

RecordedEnd recorded_end(const fs::path& record) {
  try {
    const LaunchOutline outline = read_launch(record, [](Measurement&&) {});
    if (!outline.complete || !outline.launch.footer) return {};
    return {.whole = true, .taints = outline.launch.footer->taints};
  } catch (const Error&) {
    return {};
  }
}

fs::path new_file(const fs::path& wanted) {
  for (int number = 1;; ++number) {
    fs::path name = numbered(wanted, number);
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    if (Descriptor{::open(name.c_str(), flags, readable_by_all)}.is_open()) return name;
    if (errno != EEXIST) {
      throw UsageError(fmt::format("cannot write to {}: {}; choose another folder with --results",
                                   wanted.parent_path().string(), std::strerror(errno)));
    }
  }
}

fs::path own_record(const fs::path& folder, const std::set<fs::path>& before, const std::string& id,
                    const fs::path& log) {
  std::set<fs::path> fresh;
  std::ranges::set_difference(records(folder), before, std::inserter(fresh, fresh.end()));
  const auto own = std::ranges::find_if(fresh, [&](const fs::path& record) { return is_of(record, id); });
  if (own != fresh.end()) return *own;
  const fs::path named = named_in(log);
  return fresh.contains(named) ? named : fs::path{};
}

fs::path put_beside(const fs::path& log, const fs::path& record) {
  fs::path name = record;
  while (name.extension() == ".partial" || name.extension() == ".jsonl") name.replace_extension();
  name += ".log";
  std::error_code status;
  if (!fs::exists(name, status)) fs::rename(log, name, status);
  else return log;
  return status ? log : name;
}

}  // namespace lanemark
