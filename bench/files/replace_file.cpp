// SPDX-License-Identifier: MIT

#include "bench/files/replace_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <fcntl.h>
#include <random>
#include <unistd.h>

#include "bench/files/descriptor.hpp"
#include "bench/files/file_error.hpp"
#include "bench/files/linkless_folder.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = ".lanemark-";
constexpr std::string_view suffix = ".new";

/// Nobody can lay a link where it will be.
std::string unpredictable_name() {
  std::random_device source;
  constexpr unsigned half = 32;
  const std::uint64_t high = source();
  return fmt::format("{}{:016x}{}", prefix, high << half | source(), suffix);
}

/// Calls make(name) until it succeeds with a name that was not taken, which comes back. 0, or errno.
template <class Make>
int under_new_name(std::string& name, const Make& make) {
  constexpr int attempts = 100;
  int error = EEXIST;
  for (int i = 0; i < attempts && error == EEXIST; ++i) {
    name = unpredictable_name();
    error = make(name) ? 0 : errno;
  }
  return error;
}

}  // namespace

int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  // Pipes and devices cannot be synchronised.
  return ::fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS ? 0 : errno;
}

int replace_in(int folder, const std::string& name, std::string_view contents) {
  // Without a name until it is whole, nothing is left of it where this program is killed.
  Descriptor file{::openat(folder, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, readable_by_all)};
  const bool nameless = file.is_open();
  std::string beside;
  int error = 0;
  if (!nameless) {  // not every file system can
    error = under_new_name(beside, [&](const std::string& fresh) {
      const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
      file = Descriptor{::openat(folder, fresh.c_str(), flags, readable_by_all)};
      return file.is_open();
    });
    if (error != 0) return error;
  }
  error = write_all(file.get(), contents);
  if (nameless && error == 0) {
    const std::string itself = fmt::format("/proc/self/fd/{}", file.get());
    error = under_new_name(beside, [&](const std::string& fresh) {
      return ::linkat(AT_FDCWD, itself.c_str(), folder, fresh.c_str(), AT_SYMLINK_FOLLOW) == 0;
    });
    if (error != 0) return error;
  }
  if (error == 0 && ::renameat(folder, beside.c_str(), folder, name.c_str()) != 0) error = errno;
  if (error != 0 && !beside.empty()) static_cast<void>(::unlinkat(folder, beside.c_str(), 0));
  // Makes the rename durable. Some file systems cannot; the data is on disk either way.
  static_cast<void>(::fsync(folder));
  return error;
}

void sweep_replacements(int folder) {
  for (const std::string& name : names_in(folder)) {
    if (name.starts_with(prefix) && name.ends_with(suffix)) static_cast<void>(::unlinkat(folder, name.c_str(), 0));
  }
}

void make_folder(const fs::path& folder) {
  std::error_code status;
  fs::create_directories(folder, status);
  if (!status && !fs::is_directory(folder, status)) status = {ENOTDIR, std::generic_category()};
  if (!status) return;
  throw UsageError(fmt::format("cannot write results to {}: {}", folder.string(), file_error(status.value())));
}

void replace_file(const fs::path& path, std::string_view contents) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path{"."};
  make_folder(folder);
  const Descriptor opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  const int error = opened.is_open() ? replace_in(opened.get(), path.filename(), contents) : errno;
  if (error != 0) throw UsageError(fmt::format("cannot write {}: {}", path.string(), file_error(error)));
}

}  // namespace lanemark
