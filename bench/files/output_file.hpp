// SPDX-License-Identifier: MIT

#pragma once

#include <filesystem>
#include <string_view>

// Files that the user names for what this program says.

namespace lanemark {

/// replace_file, but what is no plain file (a pipe, a device) is written to and stays what it is. A link is followed to
/// such, to this program's own streams, and to a plain file in the link's folder or below it; nothing is created
/// through one, and none that leads elsewhere is followed: it may have come with a repository. Throws UsageError with
/// cause and cure.
void write_output(const std::filesystem::path& path, std::string_view contents);

/// The same to the end of the file.
void append_output(const std::filesystem::path& path, std::string_view contents);

/// Throws UsageError where it can be told already that the file could not be written.
void require_writable(const std::filesystem::path& path);

}  // namespace lanemark
