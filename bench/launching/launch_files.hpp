// SPDX-License-Identifier: MIT

#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

// What launches leave in the folder of their results, to which other programs may write at the same time.

namespace lanemark {

/// Files of launches in this folder, whole and partial.
std::set<std::filesystem::path> records(const std::filesystem::path& folder);

struct RecordedEnd {
  bool whole = false;               ///< the launch ran to its end and all is there
  std::vector<std::string> taints;  ///< why it is not to be compared; empty if it may
};

/// Of no record, or one that cannot be read, as of one that is not whole.
RecordedEnd recorded_end(const std::filesystem::path& record);

/// An empty file of this name, or with a number where that is taken, by another program at this moment too. Throws
/// UsageError that names the folder.
std::filesystem::path new_file(const std::filesystem::path& wanted);

/// The record of the launch with this id and log, among those that were not there before it; empty if it left none. A
/// build that does not know of ids names its record in the log.
std::filesystem::path own_record(const std::filesystem::path& folder, const std::set<std::filesystem::path>& before,
                                 const std::string& id, const std::filesystem::path& log);

/// The log gets its record's name, which is not known before, unless that is taken. What it is called then.
std::filesystem::path put_beside(const std::filesystem::path& log, const std::filesystem::path& record);

}  // namespace lanemark
