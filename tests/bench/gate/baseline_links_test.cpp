// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <sys/stat.h>

#include "bench/gate/baseline_folder.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/record/temporary_folder.hpp"
#include "tests/bench/text/texts.hpp"

namespace lanemark {
namespace {

namespace fs = std::filesystem;

Baseline of_a_machine() {
  Baseline baseline;
  baseline.evidence.fingerprint_id = id(baseline.evidence.fingerprint);
  return baseline;
}

std::ptrdiff_t entries_in(const fs::path& folder) { return std::distance(fs::directory_iterator{folder}, {}); }

/// Of a folder with a baseline's file that is a link, and the file outside that it leads to.
class BaselineLinks : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(here() / "baselines");
    BaselineFolder{here() / "elsewhere"}.put(of_a_machine());
  }
  [[nodiscard]] fs::path here() const { return folder_.path(); }
  [[nodiscard]] fs::path outside() const { return here() / "elsewhere" / file(); }
  [[nodiscard]] static fs::path file() { return of_a_machine().evidence.fingerprint_id + ".json"; }
  [[nodiscard]] BaselineFolder baselines() const { return BaselineFolder{here() / "baselines"}; }
  void expect_refused(const char* reason) const {
    try {
      static_cast<void>(baselines().find(of_a_machine().evidence.fingerprint_id));
      FAIL() << "it was read";
    } catch (const UsageError& error) {
      EXPECT_NE(std::string{error.what()}.find(reason), std::string::npos) << error.what();
      EXPECT_NE(std::string{error.what()}.find(file().string()), std::string::npos) << error.what();
    }
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(BaselineLinks, AFileThatIsOneIsRefused) {
  fs::create_symlink(outside(), here() / "baselines" / file());
  expect_refused("symbolic link");
}

TEST_F(BaselineLinks, AFileWithOtherNamesIsRefused) {
  fs::create_hard_link(outside(), here() / "baselines" / file());
  expect_refused("hard link");
}

TEST_F(BaselineLinks, APipeIsRefusedAndNotWaitedFor) {
  ASSERT_EQ(::mkfifo((here() / "baselines" / file()).c_str(), 0600), 0);
  expect_refused("no plain file");
}

TEST_F(BaselineLinks, OneThatComesAfterTheLookIsReplacedAndNotFollowed) {
  const std::string before = content(outside());
  fs::create_symlink(outside(), here() / "baselines" / file());
  Baseline changed = of_a_machine();
  changed.calibrated = "2026-01-31T09:30:00Z";
  baselines().put(changed);
  EXPECT_EQ(content(outside()), before);
  EXPECT_EQ(baselines().find(of_a_machine().evidence.fingerprint_id).value().calibrated, changed.calibrated);
}

TEST_F(BaselineLinks, AFolderThatIsOneIsRefused) {
  fs::create_directory_symlink(here() / "elsewhere", here() / "link");
  const BaselineFolder linked{here() / "link"};
  EXPECT_THROW(static_cast<void>(linked.ids()), UsageError);
  EXPECT_THROW(static_cast<void>(linked.find(of_a_machine().evidence.fingerprint_id)), UsageError);
  EXPECT_THROW(linked.put(of_a_machine()), UsageError);
  EXPECT_THROW(static_cast<void>(linked.lock()), UsageError);
  EXPECT_THROW(linked.require_writable(), UsageError);
}

TEST_F(BaselineLinks, ALockLeavesNoFolderThatGotNothing) {
  const BaselineFolder made{here() / "made" / "deep"};
  { const BaselineFolder::Lock lock = made.lock(); }
  EXPECT_FALSE(fs::exists(here() / "made"));
  {
    const BaselineFolder::Lock lock = made.lock();
    made.put(of_a_machine());
  }
  EXPECT_EQ(entries_in(here() / "made" / "deep"), 1);
  made.require_writable();
  BaselineFolder{here() / "other"}.require_writable();
  EXPECT_FALSE(fs::exists(here() / "other"));
}

TEST_F(BaselineLinks, ALockSweepsWhatAKilledWriterLeft) {
  std::ofstream{here() / "baselines" / ".lanemark-0123456789abcdef.new"} << "half";
  { const BaselineFolder::Lock lock = baselines().lock(); }
  EXPECT_EQ(entries_in(here() / "baselines"), 0);
}

}  // namespace
}  // namespace lanemark
