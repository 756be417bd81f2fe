// SPDX-License-Identifier: MIT

#include "bench/record/durable_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "bench/files/file_error.hpp"
#include "bench/files/replace_file.hpp"
#include "bench/files/standard_streams.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

namespace fs = std::filesystem;

constexpr int most_names = 1000;

fs::path partial_name(const fs::path& path) { return path.string() + ".partial"; }

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path{"."}; }

/// 0, or errno: EEXIST where the name is taken. Both in the folder.
int rename_without_replacing(int folder, const fs::path& from, const fs::path& to) {
  if (::renameat2(folder, from.c_str(), folder, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // NFS and some others lack it; a link never replaces either.
  if (::linkat(folder, from.c_str(), folder, to.c_str(), 0) != 0) return errno;
  static_cast<void>(::unlinkat(folder, from.c_str(), 0));
  return 0;
}

}  // namespace

fs::path numbered(const fs::path& path, int number) {
  if (number == 1) return path;
  return path.parent_path() / fmt::format("{}-{}{}", path.stem().string(), number, path.extension().string());
}

DurableFile::DurableFile(fs::path wanted) : wanted_{std::move(wanted)} { create(); }

void DurableFile::create() {
  const fs::path folder = folder_of(wanted_);
  const auto refuse = [&](int error) {
    throw UsageError(fmt::format("cannot write results to {}: {}", folder.string(), file_error(error)));
  };
  make_folder(folder);
  folder_ = Descriptor{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder_.is_open()) refuse(errno);
  while (number_ < most_names) {
    const fs::path name = numbered(wanted_, ++number_);
    struct stat there {};
    // A link to nowhere takes the name, too.
    if (::fstatat(folder_.get(), name.filename().c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0) continue;
    partial_ = partial_name(name);
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND | O_CLOEXEC;
    file_ = Descriptor{::openat(folder_.get(), partial_.filename().c_str(), flags, readable_by_all)};
    if (file_.is_open()) return;
    if (errno != EEXIST) refuse(errno);
  }
  throw UsageError(fmt::format("{} and {} more names are taken; choose another folder", wanted_.string(), most_names));
}

int DurableFile::extend(std::string_view text) {
  const int error = write_all(file_.get(), text);
  if (error == 0) return 0;
  // Where that fails as well half a line stays, which readers drop.
  const int as_it_was = ::ftruncate(file_.get(), static_cast<off_t>(text_.size()));
  static_cast<void>(as_it_was);
  return error;
}

/// Whether the name leads to our file, in the folder that has its path, and nobody has changed its length.
bool DurableFile::is_as_written() const {
  struct stat ours {};
  struct stat named {};
  return ::fstat(file_.get(), &ours) == 0 && ::lstat(partial_.c_str(), &named) == 0 && ours.st_dev == named.st_dev &&
         ours.st_ino == named.st_ino && std::cmp_equal(ours.st_size, text_.size());
}

void DurableFile::restore() {
  if (is_as_written()) return;
  const fs::path lost = partial_;
  create();
  const std::string text = std::exchange(text_, {});
  const int error = extend(text);
  text_ = text;
  if (error != 0) {
    static_cast<void>(::unlinkat(folder_.get(), partial_.filename().c_str(), 0));
    throw Error(fmt::format("{} was removed, moved or changed during the run, and cannot be written anew as {}: {}",
                            lost.string(), partial_.string(), file_error(error)));
  }
  say("{} was removed, moved or changed during the run; the record is written anew, from its start, as {}",
      lost.string(), partial_.string());
}

void DurableFile::append(std::string_view line) {
  restore();
  const std::string text = fmt::format("{}\n", line);
  if (const int error = extend(text); error != 0) {
    throw Error(fmt::format("cannot write to {}: {}; what was measured before is kept there", partial_.string(),
                            file_error(error)));
  }
  text_ += text;
}

fs::path DurableFile::publish() {
  restore();
  int error = EEXIST;
  fs::path final_name;
  for (; number_ <= most_names && error == EEXIST; ++number_) {
    final_name = numbered(wanted_, number_);
    error = rename_without_replacing(folder_.get(), partial_.filename(), final_name.filename());
  }
  if (error != 0) {
    throw Error(fmt::format("cannot rename {}: {}; the results are complete under that name", partial_.string(),
                            file_error(error)));
  }
  // Makes the rename durable. Some file systems cannot; the data is on disk either way.
  static_cast<void>(::fsync(folder_.get()));
  return final_name;
}

}  // namespace lanemark
