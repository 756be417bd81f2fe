// SPDX-License-Identifier: MIT

#include "bench/files/output_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/files/descriptor.hpp"
#include "bench/files/file_error.hpp"
#include "bench/files/replace_file.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& path, std::string_view why) {
  throw UsageError(fmt::format("cannot write {}: {}", path.string(), why));
}

/// As it is, links not followed; nothing where there is none.
std::optional<struct stat> status_of(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

/// The stream of ours that leads to this plain file, as /dev/stdout may; nothing where none does.
std::optional<int> own_stream(const struct stat& file) {
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat status {};
    const bool same = ::fstat(stream, &status) == 0 && status.st_dev == file.st_dev && status.st_ino == file.st_ino;
    if (same && S_ISREG(file.st_mode)) return stream;
  }
  return std::nullopt;
}

bool is_below(const fs::path& file, const fs::path& folder) {
  const auto [end, rest] = std::ranges::mismatch(folder, file);
  return end == folder.end() && rest != file.end();
}

/// A disk is no place for a report: what is written to it destroys what is on it, and a link to one may be a
/// stranger's.
void refuse_disk(const fs::path& path, const struct stat& status) {
  if (!S_ISBLK(status.st_mode)) return;
  refuse(path, "it is, or leads to, a block device, whose contents would be overwritten; name a file");
}

/// The same of what is there before it is opened.
void refuse_disk(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) refuse_disk(path, status);
}

/// What a link, a pipe or a device leads to, open to be written at its end: neither made nor shortened.
Descriptor opened(const fs::path& path) {
  refuse_disk(path);
  Descriptor file{::open(path.c_str(), O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC)};
  if (!file.is_open() && errno == ENOENT) refuse(path, "it is a link to nothing; name the file itself");
  struct stat status {};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0) refuse(path, file_error(errno));
  refuse_disk(path, status);
  const std::optional<int> stream = own_stream(status);
  if (!stream) return file;
  // Behind what was said there already, and before what is said next.
  static_cast<void>(std::fflush(nullptr));
  return Descriptor{::fcntl(*stream, F_DUPFD_CLOEXEC, 0)};
}

/// The plain file that a link in its place leads to; nothing where that is no plain file or one of our streams. Asked
/// of what is open already: a link that is changed meanwhile changes nothing.
std::optional<fs::path> plain_file_behind(const Descriptor& file, const fs::path& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) refuse(path, file_error(errno));
  if (!S_ISREG(status.st_mode) || own_stream(status)) return std::nullopt;
  std::error_code failed;
  const fs::path target = fs::read_symlink(fmt::format("/proc/self/fd/{}", file.get()), failed);
  const fs::path folder = fs::canonical(path.has_parent_path() ? path.parent_path() : fs::path{"."}, failed);
  if (!failed && is_below(target, folder)) return target;
  refuse(path, fmt::format("it is a link that leads out of its folder{}; name the file itself",
                           target.empty() ? "" : " to " + target.string()));
}

void write_to(const Descriptor& file, const fs::path& path, std::string_view contents) {
  if (const int error = write_all(file.get(), contents); error != 0) refuse(path, file_error(error));
}

}  // namespace

void write_output(const fs::path& path, std::string_view contents) {
  const std::optional<struct stat> status = status_of(path);
  if (!status || S_ISREG(status->st_mode)) return replace_file(path, contents);
  const Descriptor file = opened(path);
  if (const auto behind = plain_file_behind(file, path)) return replace_file(*behind, contents);
  write_to(file, path, contents);
}

void append_output(const fs::path& path, std::string_view contents) {
  const std::optional<struct stat> status = status_of(path);
  if (!status || S_ISREG(status->st_mode)) {
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
    const Descriptor file{::open(path.c_str(), flags, readable_by_all)};
    if (!file.is_open()) refuse(path, file_error(errno));
    return write_to(file, path, contents);
  }
  const Descriptor file = opened(path);
  static_cast<void>(plain_file_behind(file, path));
  write_to(file, path, contents);
}

void require_writable(const fs::path& path) {
  std::error_code status;
  if (fs::is_directory(path, status)) refuse(path, "it is a folder; name a file in it");
  refuse_disk(path);
  const std::optional<struct stat> there = status_of(path);
  if (there && S_ISLNK(there->st_mode)) {
    // To open a pipe would wait for its reader, or take the place of the writer that is to come.
    const fs::file_type type = fs::status(path, status).type();
    if (type == fs::file_type::not_found) refuse(path, "it is a link to nothing; name the file itself");
    if (type == fs::file_type::regular) static_cast<void>(plain_file_behind(opened(path), path));
  }
  fs::path nearest = fs::absolute(path);
  while (!fs::exists(nearest, status) && nearest.has_relative_path()) nearest = nearest.parent_path();
  const bool whole = nearest == fs::absolute(path);
  if (!whole && !fs::is_directory(nearest, status)) refuse(path, fmt::format("{} is no folder", nearest.string()));
  // A plain file is replaced, for which its folder must take another.
  const fs::path taker = whole && there && S_ISREG(there->st_mode) ? nearest.parent_path() : nearest;
  if (::access(taker.c_str(), W_OK) != 0) refuse(path, file_error(errno));
}

}  // namespace lanemark
