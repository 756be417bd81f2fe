// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lanemark {

/// Text of at most so many bytes that ends at a row's end, and says how many rows did not fit.
class LimitedText {
 public:
  explicit LimitedText(std::size_t limit);
  /// Bytes of the limit that are kept for the line about what was left out.
  static std::size_t reserved();

  /// `before`, the rows that fit, `after`; nothing of them if not even one row fits, and then none of what follows,
  /// so that what is left out is the end.
  void block(std::string_view before, const std::vector<std::string>& rows, std::string_view after = "");

  /// The text, and the line about what was left out.
  [[nodiscard]] std::string text() const;

 private:
  std::string text_;
  std::size_t room_;
  std::size_t left_out_ = 0;
};

}  // namespace lanemark
