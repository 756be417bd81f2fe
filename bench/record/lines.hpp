// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bench/files/regular_file.hpp"

namespace lanemark {

/// A text's lines one by one; of a file no more than the longest lies in memory.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_{text} {}
  explicit Lines(RegularFile& file) : file_{&file} {}

  /// Whether there is another. Throws Error where it is longer than bounds::line_bytes.
  [[nodiscard]] bool next();
  /// Without its end; until the next.
  [[nodiscard]] std::string_view line() const { return line_; }
  /// Whether it has an end.
  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] int number() const { return number_; }

 private:
  bool fill();

  RegularFile* file_ = nullptr;  ///< null: nothing more comes
  std::string buffer_;
  std::string_view rest_;
  std::string_view line_;
  bool finished_ = false;
  int number_ = 0;
};

}  // namespace lanemark
