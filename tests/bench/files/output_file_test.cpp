// SPDX-License-Identifier: MIT

#include "bench/files/output_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <thread>

#include "kernels/core/error.hpp"
#include "tests/bench/record/temporary_folder.hpp"
#include "tests/bench/text/texts.hpp"

namespace lanemark {
namespace {

namespace fs = std::filesystem;

class OutputFile : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(here() / "out" / "below");
    std::ofstream{here() / "outside"} << "theirs";
    std::ofstream{here() / "out" / "target"} << "old";
    std::ofstream{here() / "out" / "below" / "target"} << "old";
  }
  [[nodiscard]] fs::path here() const { return folder_.path(); }
  /// A link in the folder of outputs.
  [[nodiscard]] fs::path link(const fs::path& target) const {
    fs::path name = here() / "out" / "link";
    fs::remove(name);
    fs::create_symlink(target, name);
    return name;
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(OutputFile, ALinkIsFollowedWithinItsFolderAndStays) {
  for (const char* const target : {"target", "below/target", "../out/target"}) {
    write_output(link(target), "new");
    EXPECT_TRUE(fs::is_symlink(here() / "out" / "link"));
    EXPECT_EQ(content(here() / "out" / target), "new") << target;
    append_output(here() / "out" / "link", "er");
    EXPECT_EQ(content(here() / "out" / target), "newer") << target;
  }
}

TEST_F(OutputFile, ALinkThatLeadsElsewhereIsNotFollowed) {
  const fs::path targets[] = {"../outside", here() / "outside", "below/../../outside"};
  for (const fs::path& target : targets) {
    const fs::path name = link(target);
    EXPECT_NE(error_of([&] { write_output(name, "new"); }).find("out of its folder"), std::string::npos) << target;
    EXPECT_NE(error_of([&] { append_output(name, "new"); }).find("out of its folder"), std::string::npos) << target;
    EXPECT_NE(error_of([&] { require_writable(name); }).find("out of its folder"), std::string::npos) << target;
  }
  fs::create_directory_symlink(here(), here() / "out" / "up");
  EXPECT_NE(error_of([&] { write_output(link("up/outside"), "new"); }), "") << "by a link to a folder";
  EXPECT_EQ(content(here() / "outside"), "theirs");
  // A folder whose name begins alike is another.
  fs::create_directory(here() / "outer");
  std::ofstream{here() / "outer" / "file"} << "theirs";
  EXPECT_NE(error_of([&] { write_output(link("../outer/file"), "new"); }), "");
  EXPECT_EQ(content(here() / "outer" / "file"), "theirs");
}

TEST_F(OutputFile, NothingIsMadeThroughALink) {
  for (const fs::path& target : {here() / "made", fs::path{"made"}}) {
    const fs::path name = link(target);
    EXPECT_NE(error_of([&] { write_output(name, "new"); }).find("link to nothing"), std::string::npos);
    EXPECT_NE(error_of([&] { append_output(name, "new"); }).find("link to nothing"), std::string::npos);
    EXPECT_NE(error_of([&] { require_writable(name); }).find("link to nothing"), std::string::npos);
  }
  EXPECT_FALSE(fs::exists(here() / "made"));
  EXPECT_FALSE(fs::exists(here() / "out" / "made"));
}

TEST_F(OutputFile, PipesAndDevicesStayWhatTheyAre) {
  const fs::path pipe = here() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::string read;
  std::thread reader{[&] { read = content(pipe); }};
  write_output(pipe, "through the pipe");
  reader.join();
  EXPECT_EQ(read, "through the pipe");
  EXPECT_TRUE(fs::is_fifo(pipe));
  write_output("/dev/null", "x");
  write_output(link("/dev/null"), "x");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(OutputFile, ADiskIsNotWrittenTo) {
  const fs::path disk = here() / "disk";
  // 7, 255: of a loop device that is not there; nothing could be written to it, were it opened.
  if (::mknod(disk.c_str(), S_IFBLK | 0600, ::makedev(7, 255)) != 0) GTEST_SKIP() << "no block device can be made here";
  for (const fs::path& one : {disk, link(disk)}) {
    EXPECT_NE(error_of([&] { write_output(one, "x"); }).find("block device"), std::string::npos);
    EXPECT_NE(error_of([&] { append_output(one, "x"); }).find("block device"), std::string::npos);
    EXPECT_NE(error_of([&] { require_writable(one); }).find("block device"), std::string::npos);
  }
}

TEST_F(OutputFile, AFullDiskIsSaid) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  for (const fs::path& full : {fs::path{"/dev/full"}, link("/dev/full")}) {
    EXPECT_NE(error_of([&] { write_output(full, "x"); }).find("No space left"), std::string::npos);
    EXPECT_NE(error_of([&] { append_output(full, "x"); }).find("No space left"), std::string::npos);
  }
}

TEST_F(OutputFile, AppendsToAPlainFileAndMakesIt) {
  append_output(here() / "summary", "one");
  append_output(here() / "summary", "two");
  EXPECT_EQ(content(here() / "summary"), "onetwo");
}

}  // namespace
}  // namespace lanemark
