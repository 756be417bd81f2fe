// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <string_view>

namespace lanemark {

/// What helps where a file cannot be written for this errno.
std::string_view cure(int error);

/// "No space left on device; free some space there, or choose another folder".
std::string file_error(int error);

}  // namespace lanemark
