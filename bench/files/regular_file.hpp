// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "bench/files/descriptor.hpp"

namespace lanemark {

/// A file opened to be read, and only one that has an end: a device, a pipe or a folder is refused without waiting for
/// what it might say.
class RegularFile {
 public:
  /// Throws UsageError with what is wrong with the file, and `cure`, where it is none, cannot be read, or is larger
  /// than `most` bytes.
  RegularFile(const std::filesystem::path& path, std::uintmax_t most, std::string_view cure);
  /// The same of one that was opened already, which is to be with O_NONBLOCK; `path` is what errors call it.
  RegularFile(Descriptor opened, const std::filesystem::path& path, std::uintmax_t most, std::string_view cure);
  /// The next bytes, at most `room` of them; 0 at the end. Throws UsageError.
  std::size_t read(char* to, std::size_t room);

  /// All that is left.
  std::string read_all();

 private:
  std::string name_;
  std::string cure_;
  std::uintmax_t most_;
  std::uintmax_t size_ = 0;  ///< when it was opened
  Descriptor file_;
};

}  // namespace lanemark
