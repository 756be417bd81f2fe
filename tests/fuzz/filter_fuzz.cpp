// SPDX-License-Identifier: MIT

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "bench/measurement/case_filter.hpp"
#include "bench/text/characters.hpp"
#include "kernels/core/error.hpp"

// Any bytes as a filter, up to the first line's end, and as a case's name behind it: refused with a UsageError, or held
// against the name. A name that is quoted is found, and no longer one.

namespace {

using namespace lanemark;

void hold(std::string_view expression, std::string_view name) {
  const std::string title{name};
  const bool meant = CaseFilter{std::string{expression}}(title);
  const bool inverted = expression.starts_with('-');
  if (inverted || expression.empty()) return;
  if (CaseFilter{'-' + std::string{expression}}(title) == meant) std::abort();
}

void quote(std::string_view text) {
  const std::string name = valid_utf8(text);
  const CaseFilter same{exactly({"another", name})};
  if (!same(name) || same(name + 'x') || same('x' + name)) std::abort();
}

}  // namespace

// libFuzzer's name for it.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const std::string_view first = text.substr(0, text.find('\n'));
  const std::string_view rest = text.substr(std::min(text.size(), first.size() + 1));
  try {
    hold(first, rest);
    quote(rest);
  } catch (const UsageError&) {
  }
  return 0;
}
