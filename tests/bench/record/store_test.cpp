// SPDX-License-Identifier: MIT

#include "bench/record/store.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <sys/resource.h>

#include "bench/record/json.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/record/random_measurement.hpp"
#include "tests/bench/record/temporary_folder.hpp"
#include "tests/bench/text/texts.hpp"

namespace lanemark {
namespace {

namespace fs = std::filesystem;

LaunchHeader some_header(std::string launch = "0123456789abcdef") {
  LaunchHeader header;
  header.launch = std::move(launch);
  header.started = "2026-01-31T09:30:00Z";
  header.command = {"lanemark", "run", "--size", "8"};
  header.ranks = 4;
  header.fingerprint.gpu = "a GPU";
  header.fingerprint.gpus = header.fingerprint.gpus_per_node = 4;
  header.fingerprint.ranks_per_node = 4;
  header.fingerprint.cpu = "a CPU";
  header.fingerprint_id = id(header.fingerprint);
  header.versions = {{"mpi", "1"}};
  header.environment = {{"NCCL_ALGO", "Ring"}};
  GpuState gpu;
  gpu.name = "a GPU";
  gpu.bus_id = "0000:01:00.0";
  gpu.sm_clock_mhz = 1980;
  header.gpus = {gpu};
  return header;
}

void overwrite(const fs::path& path, std::string_view text) {
  std::ofstream{path, std::ios::binary | std::ios::trunc} << text;
}

std::string launch_error(const fs::path& path) {
  return error_of([&] { read_launch(path); });
}

/// A finished launch of `count` random measurements.
fs::path recorded(const fs::path& folder, int count, std::vector<Measurement>* written = nullptr) {
  RandomMeasurements random;
  Recorder recorder{folder, some_header()};
  for (int i = 0; i < count; ++i) {
    Measurement m = random.next();
    m.samples.resize(std::min<std::size_t>(m.samples.size(), 3));
    m.slowest_rank.resize(m.samples.size());
    recorder.write(m);
    if (written != nullptr) written->push_back(m);
  }
  return recorder.finish();
}

TEST(Store, ReadsBackWhatWasWritten) {
  const TemporaryFolder folder;
  std::vector<Measurement> written;
  const fs::path path = recorded(folder.path() / "made" / "by itself", 5, &written);
  EXPECT_EQ(path.filename(), "lanemark-20260131T093000Z-01234567.jsonl");
  const Launch launch = read_launch(path);
  EXPECT_TRUE(launch.complete());
  EXPECT_EQ(to_json(launch.header), to_json(some_header()));
  ASSERT_EQ(launch.measurements.size(), written.size());
  for (std::size_t i = 0; i < written.size(); ++i) EXPECT_EQ(to_json(launch.measurements[i]), to_json(written[i]));
}

TEST(Store, IsPartialUntilFinished) {
  const TemporaryFolder folder;
  RandomMeasurements random;
  Recorder recorder{folder.path(), some_header()};
  recorder.write(random.next());
  const fs::path partial = recorder.partial();
  EXPECT_EQ(partial.extension(), ".partial");
  const Launch unfinished = read_launch(partial);
  EXPECT_EQ(unfinished.measurements.size(), 1U);
  EXPECT_FALSE(unfinished.complete());
  const fs::path path = recorder.finish();
  EXPECT_FALSE(fs::exists(partial));
  EXPECT_EQ(path.string() + ".partial", partial.string());
}

TEST(Store, NeverOverwrites) {
  const TemporaryFolder folder;
  const fs::path first = recorded(folder.path(), 1);
  const std::string before = content(first);
  const fs::path second = recorded(folder.path(), 2);
  EXPECT_EQ(second.filename(), "lanemark-20260131T093000Z-01234567-2.jsonl");
  Recorder third{folder.path(), some_header()};
  Recorder fourth{folder.path(), some_header()};
  EXPECT_NE(third.partial(), fourth.partial());
  // Someone takes the name between start and end.
  overwrite(folder.path() / "lanemark-20260131T093000Z-01234567-3.jsonl", "theirs");
  const fs::path path = third.finish();
  EXPECT_NE(path, fourth.finish());
  EXPECT_EQ(content(folder.path() / "lanemark-20260131T093000Z-01234567-3.jsonl"), "theirs");
  EXPECT_EQ(content(first), before);
  EXPECT_TRUE(read_launch(path).complete());
}

TEST(Store, TaintedLaunchSaysWhy) {
  const TemporaryFolder folder;
  Recorder recorder{folder.path(), some_header()};
  GpuState hot = some_header().gpus.front();
  hot.throttle_reasons = {"thermal"};
  const Launch launch = read_launch(recorder.finish({.gpus = {hot}}));
  ASSERT_TRUE(launch.footer);
  ASSERT_EQ(launch.footer->taints.size(), 1U);
  EXPECT_NE(launch.footer->taints.front().find("thermal"), std::string::npos);
  EXPECT_EQ(launch.footer->gpus, std::vector{hot});
}

TEST(Store, CutAtAnyByteKeepsEveryFinishedLine) {
  const TemporaryFolder folder;
  const fs::path path = recorded(folder.path(), 3);
  const std::string whole = content(path);
  const fs::path cut = folder.path() / "cut.jsonl";
  std::vector<std::size_t> ends;  // just after each line's last brace
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (whole[i] == '\n') ends.push_back(i);
  }
  ASSERT_EQ(ends.size(), 5U);
  overwrite(cut, whole);
  for (std::size_t length = whole.size() + 1; length-- > 0;) {
    fs::resize_file(cut, length);
    if (length < ends.front()) {
      EXPECT_NE(launch_error(cut).find("nothing was measured"), std::string::npos) << "cut at byte " << length;
      continue;
    }
    const auto finished =
        static_cast<std::size_t>(std::ranges::count_if(ends, [&](auto end) { return end <= length; }));
    Launch launch;
    ASSERT_NO_THROW(launch = read_launch(cut)) << "cut at byte " << length;
    ASSERT_EQ(launch.measurements.size(), std::min<std::size_t>(finished - 1, 3)) << "cut at byte " << length;
    ASSERT_EQ(launch.complete(), finished == 5) << "cut at byte " << length;
  }
}

TEST(Store, GarbageInTheMiddleNamesItsLine) {
  const TemporaryFolder folder;
  const fs::path path = recorded(folder.path(), 3);
  std::string text = content(path);
  const auto second = text.find('\n') + 1;
  const auto third = text.find('\n', second) + 1;
  text[third + 1] = '#';
  overwrite(path, text);
  EXPECT_NE(launch_error(path).find(path.string() + ":3:"), std::string::npos) << launch_error(path);
}

TEST(Store, ALineTakenOutIsNamedByTheFooter) {
  const TemporaryFolder folder;
  const fs::path path = recorded(folder.path(), 3);
  std::string text = content(path);
  const auto second = text.find('\n') + 1;
  text.erase(second, text.find('\n', second) + 1 - second);
  overwrite(path, text);
  EXPECT_EQ(launch_error(path),
            path.string() + ":4: field 'measurements' is 3, and there are 2; lines were added or taken out");
}

TEST(Store, OtherSchemaMajorIsRefusedMinorIsRead) {
  const TemporaryFolder folder;
  const fs::path path = recorded(folder.path(), 1);
  const std::string text = content(path);
  const std::string now = fmt::format("\"schema\":\"{}\"", schema_version);
  const auto at = text.find(now);
  ASSERT_NE(at, std::string::npos);
  const auto with_schema = [&](std::string_view version) {
    std::string changed = text;
    changed.replace(at, now.size(), fmt::format("\"schema\":\"{}\"", version));
    overwrite(path, changed);
    return launch_error(path);
  };
  EXPECT_EQ(with_schema("1.7"), "");
  EXPECT_NE(with_schema("2.0").find("2.0"), std::string::npos);
  EXPECT_NE(with_schema("10.0"), "");
}

TEST(Store, LaterKindsOfLineArePassedOver) {
  const TemporaryFolder folder;
  const fs::path path = recorded(folder.path(), 2);
  std::string text = content(path);
  text.insert(text.find('\n') + 1, "{\"type\":\"weather\",\"rain\":true}\n");
  overwrite(path, text);
  EXPECT_EQ(read_launch(path).measurements.size(), 2U);
}

TEST(Store, FoldersThatCannotBeWrittenAreRefusedWithACure) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "file";
  overwrite(file, "x");
  for (const fs::path& wanted : {file, file / "below", fs::path{"/proc/lanemark"}}) {
    try {
      const Recorder recorder{wanted, some_header()};
      FAIL() << wanted;
    } catch (const UsageError& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find(wanted.string()), std::string::npos) << text;
      EXPECT_NE(text.find("folder"), std::string::npos) << text;
    }
  }
  EXPECT_EQ(content(file), "x");
}

TEST(Store, ReadOnlyFileSystemIsRefused) {
  std::ifstream mounts{"/proc/mounts"};
  std::string device, where, type, options, rest;
  while (mounts >> device >> where >> type >> options && std::getline(mounts, rest)) {
    if (!options.starts_with("ro,") || !fs::is_directory(where)) continue;
    try {
      const Recorder recorder{where, some_header()};
      FAIL() << where;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string{error.what()}.find("read-only"), std::string::npos) << error.what();
    }
    return;
  }
  GTEST_SKIP() << "no read-only file system here";
}

/// Limits the size of files this process writes: the nearest thing to a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    before_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  FileSizeLimit(FileSizeLimit&&) = delete;
  FileSizeLimit& operator=(FileSizeLimit&&) = delete;
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    static_cast<void>(std::signal(SIGXFSZ, before_handler_));
  }

 private:
  rlimit before_{};
  void (*before_handler_)(int) = nullptr;
};

TEST(Store, FullFromTheStartIsRefusedAndLeavesNothing) {
  const TemporaryFolder folder;
  {
    const FileSizeLimit limit{10};
    EXPECT_THROW(Recorder(folder.path(), some_header()), UsageError);
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Store, FullLaterKeepsWhatWasWrittenAndGoesOnOnceThereIsRoom) {
  const TemporaryFolder folder;
  RandomMeasurements random;
  Recorder recorder{folder.path(), some_header()};
  recorder.write(random.next());
  const std::string before = content(recorder.partial());
  {
    const FileSizeLimit limit{before.size() + 100};
    try {
      recorder.write(random.next());
      FAIL();
    } catch (const Error& error) {
      EXPECT_NE(std::string{error.what()}.find(recorder.partial().string()), std::string::npos);
    }
  }
  EXPECT_EQ(content(recorder.partial()), before);
  recorder.write(random.next());
  const Launch launch = read_launch(recorder.finish());
  EXPECT_EQ(launch.measurements.size(), 2U);
  EXPECT_TRUE(launch.complete());
}

TEST(Store, WhatCannotBeReadIsRefused) {
  const TemporaryFolder folder;
  EXPECT_THROW(read_launch(folder.path() / "nothing"), UsageError);
  EXPECT_THROW(read_launch(folder.path()), UsageError);
}

}  // namespace
}  // namespace lanemark
