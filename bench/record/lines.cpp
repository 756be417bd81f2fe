// SPDX-License-Identifier: MIT

#include "bench/record/lines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench/record/bounds.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {

bool Lines::next() {
  auto end = rest_.find('\n');
  while (end == std::string_view::npos && rest_.size() <= bounds::line_bytes) {
    const std::size_t looked_at = rest_.size();
    if (!fill()) break;
    end = rest_.find('\n', looked_at);
  }
  if (rest_.empty()) return false;
  ++number_;
  finished_ = end != std::string_view::npos;
  line_ = rest_.substr(0, end);
  if (line_.size() > bounds::line_bytes) throw Error(fmt::format("a line of more than {} bytes", bounds::line_bytes));
  rest_.remove_prefix(finished_ ? end + 1 : rest_.size());
  return true;
}

/// Reads on behind what has not been given out. Whether anything came.
bool Lines::fill() {
  if (file_ == nullptr) return false;
  constexpr std::size_t least = std::size_t{1} << 18U;
  const std::size_t kept = rest_.size();
  if (kept > 0) std::ranges::copy(rest_, buffer_.begin());
  if (buffer_.size() - kept < least / 2) buffer_.resize(std::max(least, kept * 2));
  const std::size_t got = file_->read(buffer_.data() + kept, buffer_.size() - kept);
  rest_ = std::string_view{buffer_}.substr(0, kept + got);
  return got > 0;
}

}  // namespace lanemark
