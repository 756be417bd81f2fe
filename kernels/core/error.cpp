// SPDX-License-Identifier: MIT

#include "kernels/core/error.hpp"

#include <fmt/format.h>

namespace lanemark {

std::string located(std::string_view what, const std::source_location& where) {
  std::string_view file = where.file_name();
  if (const auto slash = file.rfind('/'); slash != std::string_view::npos) file.remove_prefix(slash + 1);
  return fmt::format("{} ({}:{})", what, file, where.line());
}

}  // namespace lanemark
