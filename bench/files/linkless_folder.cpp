// SPDX-License-Identifier: MIT

#include "bench/files/linkless_folder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "bench/files/file_error.hpp"
#include "bench/files/regular_file.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

namespace fs = std::filesystem;

std::string message(int error) { return std::generic_category().message(error); }

bool is_link(int folder, const fs::path& name) {
  struct stat status {};
  return ::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

[[noreturn]] void refuse_link(const fs::path& link) {
  throw UsageError(fmt::format(
      "{} is a symbolic link, which may have come with the repository and lead anywhere; name the folder itself",
      link.string()));
}

/// Walks down a path, one part after the other.
class Walk {
 public:
  Walk(fs::path reached, std::vector<fs::path>* made) : reached_{std::move(reached)}, made_{made} {
    constexpr int to_pass = O_PATH | O_DIRECTORY | O_CLOEXEC;
    open_ = Descriptor{::open(reached_.empty() ? "." : reached_.c_str(), to_pass)};
    if (!open_.is_open() && (errno != ENOENT || made_ != nullptr)) refuse(errno);
  }

  void step(const fs::path& name, bool last) {
    if (!open_.is_open()) return;
    reached_ /= name;
    const int flags = (last ? O_RDONLY : O_PATH) | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    Descriptor next;
    int error = ENOENT;
    // Another program may take away what it had made, just before it is opened here.
    constexpr int attempts = 100;
    for (int i = 0; i < attempts && error == ENOENT; ++i) {
      if (made_ != nullptr && ::mkdirat(open_.get(), name.c_str(), 0777) == 0) made_->push_back(reached_);
      next = Descriptor{::openat(open_.get(), name.c_str(), flags)};
      error = next.is_open() ? 0 : errno;
      if (made_ == nullptr) break;
    }
    if (error != 0 && is_link(open_.get(), name)) refuse_link(reached_);
    if (error != 0 && (error != ENOENT || made_ != nullptr)) refuse(error);
    open_ = std::move(next);
  }

  Descriptor take() { return std::move(open_); }

 private:
  [[noreturn]] void refuse(int error) const {
    if (made_ == nullptr) throw UsageError(fmt::format("cannot read {}: {}", reached_.string(), message(error)));
    throw UsageError(fmt::format("cannot write baselines to {}: {}", reached_.string(), file_error(error)));
  }

  fs::path reached_;
  std::vector<fs::path>* made_;
  Descriptor open_;
};

/// Links are followed. What cannot be made is missing when it is opened.
void make_above(const fs::path& folder, std::vector<fs::path>& made) {
  std::error_code status;
  std::vector<fs::path> missing;
  for (fs::path one = folder; !fs::exists(one, status) && one.has_relative_path(); one = one.parent_path()) {
    missing.push_back(one);
  }
  for (; !missing.empty(); missing.pop_back()) {
    if (::mkdir(missing.back().c_str(), 0777) == 0) made.push_back(missing.back());
  }
}

Descriptor walk(const fs::path& folder, std::vector<fs::path>* made) {
  std::vector<fs::path> parts;
  for (const fs::path& part : folder.relative_path()) {
    if (!part.empty() && part != ".") parts.push_back(part);
  }
  if (parts.empty()) parts.emplace_back(".");
  fs::path start = folder.root_path();
  if (folder.is_absolute()) {
    // Where somebody keeps a disk is no concern of ours.
    for (; parts.size() > 1; parts.erase(parts.begin())) start /= parts.front();
    if (made != nullptr) make_above(start, *made);
  }
  Walk walk{start, made};
  for (std::size_t i = 0; i < parts.size(); ++i) walk.step(parts[i], i + 1 == parts.size());
  return walk.take();
}

}  // namespace

Descriptor open_linkless(const fs::path& folder) { return walk(folder, nullptr); }

Descriptor make_linkless(const fs::path& folder, std::vector<fs::path>& made) { return walk(folder, &made); }

std::optional<std::string> read_linkless(int folder, const std::string& name, const fs::path& shown,
                                         std::uintmax_t most) {
  constexpr std::string_view cure = "a baseline must be a plain file of its own: put a copy in its place";
  const auto refuse = [&](std::string_view why) {
    throw UsageError(fmt::format("cannot read {}: {}; {}", shown.string(), why, cure));
  };
  // A pipe would be waited for.
  Descriptor opened{::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
  if (!opened.is_open() && errno == ENOENT) return std::nullopt;
  if (!opened.is_open() && errno == ELOOP) refuse("it is a symbolic link");
  struct stat status {};
  const bool linked = opened.is_open() && ::fstat(opened.get(), &status) == 0 && status.st_nlink > 1;
  if (linked && S_ISREG(status.st_mode)) refuse("it is a hard link");
  return RegularFile{std::move(opened), shown, most, cure}.read_all();
}

std::vector<std::string> names_in(int folder) {
  const int own = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> entries{own < 0 ? nullptr : ::fdopendir(own), ::closedir};
  std::vector<std::string> names;
  while (const dirent* entry = entries ? ::readdir(entries.get()) : nullptr) {
    const std::string_view name{&entry->d_name[0]};
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

}  // namespace lanemark
