#include "bench/record/durable_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <system_error>
#include <unistd.h>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

namespace fs = std::filesystem;

constexpr int most_names = 1000;

std::string message(int error) { return std::generic_category().message(error); }

std::string_view cure(int error) {
  switch (error) {
    case EACCES:
    case EPERM: return "give this user write permission there, or choose another folder";
    case ENOTDIR:
    case EEXIST: return "a part of the path is a file; choose a folder";
    case EROFS: return "the file system is mounted read-only; choose another folder";
    case ENOSPC:
    case EDQUOT: return "free some space there, or choose another folder";
    case ENAMETOOLONG: return "choose a shorter path";
    default: return "choose a folder in which this user can create files";
  }
}

[[noreturn]] void refuse(const fs::path& path, int error) {
  throw UsageError(fmt::format("cannot write results to {}: {}; {}", path.string(), message(error), cure(error)));
}

fs::path partial_name(const fs::path& path) { return path.string() + ".partial"; }

void make_folder(const fs::path& folder) {
  std::error_code status;
  fs::create_directories(folder, status);
  if (status) refuse(folder, status.value());
  if (!fs::is_directory(folder, status)) refuse(folder, ENOTDIR);
}

/// Makes a rename durable. Some file systems cannot; the data is on disk either way.
void sync_folder(const fs::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  static_cast<void>(fsync(descriptor));
  static_cast<void>(close(descriptor));
}

/// 0, or errno: EEXIST where the name is taken.
int rename_without_replacing(const fs::path& from, const fs::path& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // NFS and some others lack it; a link never replaces either.
  if (link(from.c_str(), to.c_str()) != 0) return errno;
  static_cast<void>(unlink(from.c_str()));
  return 0;
}

/// 0, or errno.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  // EINVAL: something that cannot be synchronised, such as a pipe.
  return fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
}

}  // namespace

void write_output(const fs::path& path, std::string_view contents) {
  std::error_code status;
  const fs::file_type type = fs::symlink_status(path, status).type();
  if (type == fs::file_type::not_found || type == fs::file_type::regular) {
    replace_file(path, contents);
    return;
  }
  errno = 0;
  std::ofstream file{path, std::ios::binary};
  file << contents << std::flush;
  if (!file) throw UsageError(fmt::format("cannot write {}: {}; {}", path.string(), message(errno), cure(errno)));
}

void require_writable(const fs::path& path) {
  std::error_code status;
  if (fs::is_directory(path, status)) {
    throw UsageError(fmt::format("cannot write {}: it is a folder; name a file in it", path.string()));
  }
  fs::path nearest = fs::absolute(path);
  while (!fs::exists(nearest, status) && nearest.has_relative_path()) nearest = nearest.parent_path();
  const bool whole = nearest == fs::absolute(path);
  if (!whole && !fs::is_directory(nearest, status)) {
    throw UsageError(fmt::format("cannot write {}: {} is no folder", path.string(), nearest.string()));
  }
  // A plain file is replaced, for which its folder must take another.
  const fs::path taker = whole && fs::is_regular_file(path, status) ? nearest.parent_path() : nearest;
  if (access(taker.c_str(), W_OK) == 0) return;
  throw UsageError(fmt::format("cannot write {}: {}; {}", path.string(), message(errno), cure(errno)));
}

fs::path numbered(const fs::path& path, int number) {
  if (number == 1) return path;
  return path.parent_path() / fmt::format("{}-{}{}", path.stem().string(), number, path.extension().string());
}

void replace_file(const fs::path& path, std::string_view contents) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path{"."};
  make_folder(folder);
  const fs::path beside = folder / fmt::format(".{}.{}", path.filename().string(), getpid());
  constexpr mode_t readable_by_all = 0644;
  const int descriptor = open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, readable_by_all);
  if (descriptor < 0) refuse(folder, errno);
  int error = write_all(descriptor, contents);
  static_cast<void>(close(descriptor));
  if (error == 0 && rename(beside.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    static_cast<void>(unlink(beside.c_str()));
    throw UsageError(fmt::format("cannot write {}: {}; {}", path.string(), message(error), cure(error)));
  }
  sync_folder(folder);
}

DurableFile::DurableFile(const fs::path& wanted) {
  const fs::path folder = wanted.has_parent_path() ? wanted.parent_path() : fs::path{"."};
  make_folder(folder);
  for (int number = 1; number <= most_names && descriptor_ < 0; ++number) {
    wanted_ = numbered(wanted, number);
    partial_ = partial_name(wanted_);
    std::error_code status;
    if (fs::exists(wanted_, status)) continue;
    constexpr mode_t readable_by_all = 0644;
    descriptor_ = open(partial_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, readable_by_all);
    if (descriptor_ < 0 && errno != EEXIST) refuse(folder, errno);
  }
  if (descriptor_ < 0) {
    throw UsageError(fmt::format("{} and {} more names are taken; choose another folder", wanted.string(), most_names));
  }
}

DurableFile::~DurableFile() {
  if (descriptor_ >= 0) static_cast<void>(close(descriptor_));
}

void DurableFile::append(std::string_view line) {
  const std::string text = fmt::format("{}\n", line);
  if (const int error = write_all(descriptor_, text); error != 0) {
    const bool trimmed = ftruncate(descriptor_, static_cast<off_t>(length_)) == 0;
    throw Error(fmt::format("cannot write to {}: {}; {}; what was measured before is kept there{}", partial_.string(),
                            message(error), cure(error), trimmed ? "" : ", behind it a broken line"));
  }
  length_ += text.size();
}

fs::path DurableFile::publish() {
  int error = EEXIST;
  fs::path final_name;
  for (int number = 1; number <= most_names && error == EEXIST; ++number) {
    final_name = numbered(wanted_, number);
    error = rename_without_replacing(partial_, final_name);
  }
  if (error != 0) {
    throw Error(fmt::format("cannot rename {}: {}; the results are complete under that name", partial_.string(),
                            message(error)));
  }
  sync_folder(final_name.has_parent_path() ? final_name.parent_path() : fs::path{"."});
  return final_name;
}

}  // namespace lanemark
