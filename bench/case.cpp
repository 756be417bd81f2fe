#include "bench/case.hpp"

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
  if (what.size != Bytes{}) append(size_name(what.size));
  append(what.mode);
  for (const Label& one : what.labels) append(fmt::format("{}:{}", one.key, one.value));
  append(fmt::format("ranks:{}", what.ranks));
  return text;
}

std::string label(const Case& what, std::string_view key) {
  const auto found = std::ranges::find(what.labels, key, &Label::key);
  return found == what.labels.end() ? std::string{} : found->value;
}

}  // namespace lanemark
