#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace lanemark {

/// A file of lines that is on disk as far as it was written: it grows as NAME.partial, and becomes NAME when it is
/// whole. Never overwrites: where NAME is taken, "-2", "-3" … is put before its extension.
class DurableFile {
 public:
  /// Creates the file under its partial name, and its folder if missing. Throws UsageError that says why that cannot
  /// be and what helps.
  explicit DurableFile(const std::filesystem::path& wanted);
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;
  DurableFile(DurableFile&&) = delete;
  DurableFile& operator=(DurableFile&&) = delete;
  /// Leaves the partial file if it was not published.
  ~DurableFile();

  /// Appends the line and a newline, and waits until the disk has them. Throws Error; what was written before stays,
  /// half a line does not.
  void append(std::string_view line);

  /// Gives the file its final name, which it returns. Throws Error; the partial file then stays.
  std::filesystem::path publish();

  [[nodiscard]] const std::filesystem::path& partial() const { return partial_; }

 private:
  std::filesystem::path wanted_;
  std::filesystem::path partial_;
  int descriptor_ = -1;
  std::uint64_t length_ = 0;
};

/// Puts `contents` in the place of the file, whole or not at all, whoever reads it meanwhile: written beside it, synced
/// and renamed. Creates the folder if missing. Throws UsageError with cause and cure.
void replace_file(const std::filesystem::path& path, std::string_view contents);

/// replace_file, but what is no plain file (a pipe, a device, a link) is written to and stays what it is. Throws
/// UsageError with cause and cure.
void write_output(const std::filesystem::path& path, std::string_view contents);

/// Throws UsageError where it can be told already that the file could not be written.
void require_writable(const std::filesystem::path& path);

/// "a.jsonl" and 2 give "a-2.jsonl"; 1 gives the path itself.
std::filesystem::path numbered(const std::filesystem::path& path, int number);

}  // namespace lanemark
