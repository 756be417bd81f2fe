// SPDX-License-Identifier: MIT

#include "bench/files/replace_file.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "bench/files/descriptor.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/record/temporary_folder.hpp"
#include "tests/bench/text/texts.hpp"

namespace lanemark {
namespace {

namespace fs = std::filesystem;

std::ptrdiff_t files_in(const fs::path& folder) { return std::distance(fs::directory_iterator{folder}, {}); }

std::string replacing_error(const fs::path& path) {
  return error_of([&] { replace_file(path, "text"); });
}

TEST(ReplaceFile, CreatesAndReplaces) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "new" / "a.prom";
  replace_file(path, "first, which is longer");
  replace_file(path, "second");
  EXPECT_EQ(content(path), "second");
  EXPECT_EQ(files_in(path.parent_path()), 1);
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0644U);
}

TEST(ReplaceFile, WhoHasTheOldOneOpenKeepsIt) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "a.prom";
  replace_file(path, "old");
  std::ifstream reader{path};
  replace_file(path, "new and longer");
  EXPECT_EQ((std::string{std::istreambuf_iterator<char>{reader}, {}}), "old");
}

TEST(ReplaceFile, NobodySeesAPart) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "a.prom";
  constexpr std::size_t size = 1UL << 16U;
  replace_file(path, std::string(size, 'a'));
  std::atomic<bool> done = false;
  std::thread writer{[&] {
    for (int i = 0; i < 50; ++i) replace_file(path, std::string(size, static_cast<char>('b' + i % 20)));
    done = true;
  }};
  bool whole = true;
  while (!done) {
    const std::string seen = content(path);
    whole = whole && seen.size() == size && seen.find_first_not_of(seen.front()) == std::string::npos;
  }
  writer.join();
  EXPECT_TRUE(whole);
}

TEST(ReplaceFile, SaysWhyNotAndWhatHelps) {
  const TemporaryFolder folder;
  replace_file(folder.path() / "file", "kept");
  const std::string below = replacing_error(folder.path() / "file" / "a.prom");
  EXPECT_NE(below.find("a part of the path is a file; choose a folder"), std::string::npos) << below;
  fs::create_directory(folder.path() / "folder");
  const std::string onto = replacing_error(folder.path() / "folder");
  EXPECT_NE(onto.find("Is a directory; choose"), std::string::npos) << onto;
  EXPECT_EQ(files_in(folder.path()), 2) << "a temporary file was left";
}

TEST(ReplaceFile, WhatWasThereStaysWhereTheDiskIsFull) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "a.prom";
  replace_file(path, "old");
  // No file of this process may become larger: what a full disk looks like.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{10, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_THROW(replace_file(path, std::string(100, 'x')), UsageError);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  static_cast<void>(std::signal(SIGXFSZ, handler));
  EXPECT_EQ(content(path), "old");
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(ReplaceFile, ALinkInItsPlaceIsReplacedAndNotFollowed) {
  const TemporaryFolder folder;
  const fs::path outside = folder.path() / "outside";
  replace_file(outside, "theirs");
  fs::create_directory(folder.path() / "in");
  for (const char* const name : {"soft", "hard", "dangling"}) {
    const fs::path path = folder.path() / "in" / name;
    if (name == std::string{"hard"}) fs::create_hard_link(outside, path);
    else fs::create_symlink(name == std::string{"soft"} ? outside : folder.path() / "nowhere", path);
    replace_file(path, "ours");
    EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(path))) << name;
    EXPECT_EQ(content(path), "ours") << name;
  }
  EXPECT_EQ(content(outside), "theirs");
  EXPECT_FALSE(fs::exists(folder.path() / "nowhere"));
}

TEST(ReplaceFile, NoNameThatCouldBeGuessedIsUsedOnTheWay) {
  const TemporaryFolder folder;
  replace_file(folder.path() / "outside", "theirs");
  // What a name made of the process's number would run into.
  fs::create_symlink(folder.path() / "outside", folder.path() / fmt::format(".a.prom.{}", getpid()));
  replace_file(folder.path() / "a.prom", "ours");
  EXPECT_EQ(content(folder.path() / "outside"), "theirs");
}

TEST(ReplaceFile, WhatAKilledOneLeftIsSwept) {
  const TemporaryFolder folder;
  for (const char* const name : {".lanemark-0123456789abcdef.new", "kept.new", ".lanemark-kept"}) {
    replace_file(folder.path() / name, "x");
  }
  const Descriptor open{::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY)};
  sweep_replacements(open.get());
  EXPECT_EQ(files_in(folder.path()), 2);
}

}  // namespace
}  // namespace lanemark
