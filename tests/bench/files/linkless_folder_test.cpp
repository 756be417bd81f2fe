// SPDX-License-Identifier: MIT

#include "bench/files/linkless_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <sys/stat.h>

#include "kernels/core/error.hpp"
#include "tests/bench/record/temporary_folder.hpp"
#include "tests/bench/text/texts.hpp"

namespace lanemark {
namespace {

namespace fs = std::filesystem;

/// While one lives, paths that are relative begin in this folder.
class WorkingIn {
 public:
  explicit WorkingIn(const fs::path& folder) : before_{fs::current_path()} { fs::current_path(folder); }
  WorkingIn(const WorkingIn&) = delete;
  WorkingIn& operator=(const WorkingIn&) = delete;
  WorkingIn(WorkingIn&&) = delete;
  WorkingIn& operator=(WorkingIn&&) = delete;
  ~WorkingIn() { fs::current_path(before_); }

 private:
  fs::path before_;
};

std::string reading(const fs::path& folder, const std::string& name) {
  return error_of([&] {
    const Descriptor open = open_linkless(folder);
    static_cast<void>(read_linkless(open.get(), name, folder / name, 1 << 20U));
  });
}

TEST(LinklessFolder, OpensWhatIsThereAndNothingElse) {
  const TemporaryFolder here;
  EXPECT_TRUE(open_linkless(here.path()).is_open());
  EXPECT_TRUE(open_linkless(here.path().string() + "/").is_open());
  EXPECT_FALSE(open_linkless(here.path() / "none").is_open());
  EXPECT_FALSE(open_linkless(here.path() / "none" / "below").is_open());
  std::ofstream{here.path() / "file"} << "x";
  EXPECT_NE(error_of([&] { open_linkless(here.path() / "file"); }), "");
  EXPECT_NE(error_of([&] { open_linkless(here.path() / "file" / "below"); }), "");
}

TEST(LinklessFolder, MakesWhatIsMissingAndSaysSo) {
  const TemporaryFolder here;
  std::vector<fs::path> made;
  const fs::path wanted = here.path() / "a" / "b" / "c";
  EXPECT_TRUE(make_linkless(wanted, made).is_open());
  EXPECT_EQ(made, (std::vector<fs::path>{here.path() / "a", here.path() / "a" / "b", wanted}));
  made.clear();
  EXPECT_TRUE(make_linkless(wanted, made).is_open());
  EXPECT_TRUE(made.empty());
  const WorkingIn there{here.path()};
  EXPECT_TRUE(make_linkless("./a/d", made).is_open());
  EXPECT_TRUE(fs::is_directory(here.path() / "a" / "d"));
  EXPECT_EQ(made, std::vector<fs::path>{"a/d"});
}

TEST(LinklessFolder, IsNoLinkAndNoneLeadsToItInARelativePath) {
  const TemporaryFolder here;
  fs::create_directories(here.path() / "real" / "below");
  fs::create_directory_symlink(here.path() / "real", here.path() / "link");
  fs::create_directory_symlink(here.path() / "nowhere", here.path() / "dangling");
  std::vector<fs::path> made;
  for (const char* const name : {"link", "dangling"}) {
    const std::string found = error_of([&] { open_linkless(here.path() / name); });
    EXPECT_NE(found.find((here.path() / name).string() + " is a symbolic link"), std::string::npos) << found;
    EXPECT_NE(error_of([&] { make_linkless(here.path() / name, made); }), "") << name;
  }
  EXPECT_TRUE(open_linkless(here.path() / "link" / "below").is_open()) << "where a disk is kept is the user's";
  const WorkingIn there{here.path()};
  for (const char* const name : {"link", "link/below", "./link/below", "real/../link/below", "link/new", "link/"}) {
    EXPECT_NE(error_of([&] { open_linkless(name); }).find("symbolic link"), std::string::npos) << name;
    EXPECT_NE(error_of([&] { make_linkless(name, made); }).find("symbolic link"), std::string::npos) << name;
  }
  EXPECT_FALSE(fs::exists(here.path() / "real" / "new"));
  EXPECT_FALSE(fs::exists(here.path() / "nowhere"));
  EXPECT_TRUE(made.empty());
}

TEST(LinklessFolder, ReadsPlainFilesOnly) {
  const TemporaryFolder here;
  const Descriptor open = open_linkless(here.path());
  const auto at = [&](const char* name) { return here.path() / name; };
  std::ofstream{at("plain")} << std::string(200'000, 'x');
  EXPECT_EQ(read_linkless(open.get(), "plain", "plain", 1 << 20U), std::string(200'000, 'x'));
  EXPECT_EQ(read_linkless(open.get(), "none", "none", 1 << 20U), std::nullopt);
  fs::create_symlink(at("plain"), at("link"));
  fs::create_symlink(at("nowhere"), at("dangling"));
  EXPECT_NE(reading(here.path(), "link").find("symbolic link"), std::string::npos);
  EXPECT_NE(reading(here.path(), "dangling").find("symbolic link"), std::string::npos);
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_NE(reading(here.path(), "pipe").find("no plain file"), std::string::npos) << "or it is waited for";
  fs::create_directory(at("folder"));
  EXPECT_NE(reading(here.path(), "folder").find("must be a plain file"), std::string::npos);
  fs::create_hard_link(at("plain"), at("hard"));
  EXPECT_NE(reading(here.path(), "hard").find("hard link"), std::string::npos);
  EXPECT_NE(reading(here.path(), "plain").find("hard link"), std::string::npos);
}

}  // namespace
}  // namespace lanemark
