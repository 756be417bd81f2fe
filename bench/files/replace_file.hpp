// SPDX-License-Identifier: MIT

#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace lanemark {

/// Puts `contents` in the place of the file, whole or not at all, whoever reads it meanwhile: written to a new file,
/// synced and renamed; a link of that name is replaced, never followed. Creates the folder if missing. Throws
/// UsageError with cause and cure.
void replace_file(const std::filesystem::path& path, std::string_view contents);

/// The same of `name` in an open folder, wherever that has been moved to. 0, or errno.
int replace_in(int folder, const std::string& name, std::string_view contents);

/// Removes what a replacement in this folder left that was killed in its middle. Not while another may be at it.
void sweep_replacements(int folder);

/// All of it, synced to the disk where that can be. 0, or errno.
int write_all(int descriptor, std::string_view text);

/// Makes it, and those above it, unless they are there. Throws UsageError with cause and cure.
void make_folder(const std::filesystem::path& folder);

}  // namespace lanemark
