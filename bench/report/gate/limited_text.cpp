// SPDX-License-Identifier: MIT

#include "bench/report/gate/limited_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace lanemark {
namespace {

std::string last_line(std::size_t left_out) {
  return fmt::format("\n{} more row{} left out: a summary holds so much and no more.\n", left_out,
                     left_out == 1 ? " was" : "s were");
}

}  // namespace

LimitedText::LimitedText(std::size_t limit) : room_{limit - std::min(limit, reserved())} {}

std::size_t LimitedText::reserved() { return last_line(std::numeric_limits<std::size_t>::max()).size(); }

void LimitedText::block(std::string_view before, const std::vector<std::string>& rows, std::string_view after) {
  std::string fitting;
  std::size_t count = 0;
  const std::size_t frame = before.size() + after.size();
  while (left_out_ == 0 && count < rows.size() && text_.size() + frame + fitting.size() + rows[count].size() <= room_) {
    fitting += rows[count++];
  }
  left_out_ += rows.size() - count;
  if (count > 0) text_.append(before).append(fitting).append(after);
}

std::string LimitedText::text() const { return left_out_ == 0 ? text_ : text_ + last_line(left_out_); }

}  // namespace lanemark
