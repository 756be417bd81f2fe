// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "bench/files/descriptor.hpp"

namespace lanemark {

/// A file of lines that is on disk as far as it was written: it grows as NAME.partial, and becomes NAME when it is
/// whole. Never overwrites, nor writes through a link: where NAME is taken, "-2", "-3" … is put before its extension.
/// Where somebody removes, moves or changes it, or its folder, meanwhile, it is written anew from its first line under
/// the next free name, and standard error says so.
class DurableFile {
 public:
  /// Creates the file under its partial name, and its folder if missing. Throws UsageError that says why that cannot
  /// be and what helps.
  explicit DurableFile(std::filesystem::path wanted);
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;
  DurableFile(DurableFile&&) = delete;
  DurableFile& operator=(DurableFile&&) = delete;
  /// Leaves the partial file if it was not published.
  ~DurableFile() = default;

  /// Appends the line and a newline, and waits until the disk has them. Throws Error; what was written before stays,
  /// half a line does not.
  void append(std::string_view line);

  /// Gives the file its final name, which it returns. Throws Error; the partial file then stays.
  std::filesystem::path publish();

  [[nodiscard]] const std::filesystem::path& partial() const { return partial_; }

 private:
  void create();
  /// 0, or errno; then the file is as long as it was.
  int extend(std::string_view text);
  [[nodiscard]] bool is_as_written() const;
  void restore();

  std::filesystem::path wanted_;
  int number_ = 0;  ///< of the name it has
  std::filesystem::path partial_;
  Descriptor folder_;
  Descriptor file_;
  std::string text_;  ///< all of it
};

/// "a.jsonl" and 2 give "a-2.jsonl"; 1 gives the path itself.
std::filesystem::path numbered(const std::filesystem::path& path, int number);

}  // namespace lanemark
