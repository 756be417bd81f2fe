// SPDX-License-Identifier: MIT

#pragma once

#include <concepts>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "kernels/core/error.hpp"

namespace lanemark {

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// All bytes of a file.
inline std::string content(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// What `work` is refused with; empty where it is not. Other errors than the expected pass through.
template <class Expected = UsageError, std::invocable Work>
std::string error_of(const Work& work) {
  try {
    work();
  } catch (const Expected& error) {
    return error.what();
  }
  return {};
}

}  // namespace lanemark
