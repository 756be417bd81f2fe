// SPDX-License-Identifier: MIT

#pragma once

#include <filesystem>
#include <string>

namespace lanemark {

/// What tells a gate's metrics from those of other gates of one machine whose files lie in the same folder. The `given`
/// name; else that of the file, as files of one folder have different ones and keep them from one gate to the next;
/// else, where the output goes to standard output ("-"), that of the records or their folder.
std::string gate_name(const std::string& given, const std::string& file, const std::filesystem::path& run);

}  // namespace lanemark
