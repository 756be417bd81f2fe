// SPDX-License-Identifier: MIT

#include "bench/measurement/case.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lanemark {

std::string name(const Case& what) {
  std::string text = what.operation;
  const auto append = [&text](const std::string& part) {
    if (!part.empty()) text += '/' + part;
  };
  append(what.backend);
  append(what.dtype);
  append(size_text(what));
  append(what.mode);
  for (const Label& one : what.labels) append(fmt::format("{}:{}", one.key, one.value));
  append(fmt::format("ranks:{}", what.ranks));
  return text;
}

std::string size_text(const Case& what) { return what.size ? size_name(*what.size) : std::string{}; }

std::string label(const Case& what, std::string_view key) {
  const auto found = std::ranges::find(what.labels, key, &Label::key);
  return found == what.labels.end() ? std::string{} : found->value;
}

}  // namespace lanemark
