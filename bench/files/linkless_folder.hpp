// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bench/files/descriptor.hpp"

// Folders that travel with a repository: whoever fills one could lead a write elsewhere by a link. All is asked of what
// is open already, so that nothing can be exchanged between a look and its use.

namespace lanemark {

/// A folder, open; not open where there is none. The last part of its path may be no symbolic link, nor may any part of
/// a relative path. Throws UsageError that names the link, or says why it cannot be opened.
Descriptor open_linkless(const std::filesystem::path& folder);

/// The same, made where it is missing. What was made is added to `made`, the outermost first.
Descriptor make_linkless(const std::filesystem::path& folder, std::vector<std::filesystem::path>& made);

/// The text of a file in an open folder; nothing where there is none. `shown` is what errors call it. Throws UsageError
/// where it is a symbolic link, has other names elsewhere (hard links), is no plain file, is larger than `most` bytes
/// or cannot be read.
std::optional<std::string> read_linkless(int folder, const std::string& name, const std::filesystem::path& shown,
                                         std::uintmax_t most);

/// The names in an open folder, "." and ".." left out.
std::vector<std::string> names_in(int folder);

}  // namespace lanemark
