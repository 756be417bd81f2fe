// SPDX-License-Identifier: MIT

#include "bench/files/regular_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "kernels/core/error.hpp"
#include "kernels/core/units.hpp"

namespace lanemark {

// Opening a pipe would wait for someone to write to it.
RegularFile::RegularFile(const std::filesystem::path& path, std::uintmax_t most, std::string_view cure)
    : RegularFile{Descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)}, path, most, cure} {}

RegularFile::RegularFile(Descriptor opened, const std::filesystem::path& path, std::uintmax_t most,
                         std::string_view cure)
    : name_{path.string()}, cure_{cure}, most_{most}, file_{std::move(opened)} {
  const auto refuse = [this](std::string_view why) {
    throw UsageError(fmt::format("cannot read {}: {}; {}", name_, why, cure_));
  };
  struct stat status {};
  if (!file_.is_open() || ::fstat(file_.get(), &status) != 0) refuse(std::generic_category().message(errno));
  if (S_ISDIR(status.st_mode)) refuse(std::generic_category().message(EISDIR));
  if (!S_ISREG(status.st_mode)) refuse("it is no plain file but a device or a pipe, which may have no end");
  size_ = static_cast<std::uintmax_t>(status.st_size);
  if (size_ > most_) refuse(fmt::format("it has {} bytes, and at most {} are read", size_, size_name(Bytes{most_})));
}

std::size_t RegularFile::read(char* to, std::size_t room) {
  while (true) {
    const ssize_t got = ::read(file_.get(), to, room);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) {
      throw UsageError(fmt::format("cannot read {}: {}; {}", name_, std::generic_category().message(errno), cure_));
    }
  }
}

std::string RegularFile::read_all() {
  // One more than it had, so that its end shows at once; a file that grows meanwhile, or has no size, as those of
  // /proc, goes on.
  std::string text(static_cast<std::size_t>(size_) + 1, '\0');
  std::size_t filled = 0;
  while (const std::size_t got = read(text.data() + filled, text.size() - filled)) {
    filled += got;
    if (filled > most_) {
      throw UsageError(fmt::format("cannot read {}: it is larger than {}; {}", name_, size_name(Bytes{most_}), cure_));
    }
    if (filled == text.size()) text.resize(text.size() * 2);
  }
  text.resize(filled);
  return text;
}

}  // namespace lanemark
