// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>
#include <sys/stat.h>
#include <thread>

#include "bench/record/store.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/record/random_measurement.hpp"
#include "tests/bench/record/temporary_folder.hpp"
#include "tests/bench/text/texts.hpp"

namespace lanemark {
namespace {

namespace fs = std::filesystem;

LaunchHeader lost_header() {
  LaunchHeader made;
  made.launch = "0123456789abcdef";
  made.started = "2026-01-31T09:30:00Z";
  made.command = {"run"};
  made.ranks = 4;
  made.fingerprint.gpus = made.fingerprint.gpus_per_node = made.ranks;
  made.fingerprint.ranks_per_node = made.ranks;
  made.fingerprint_id = id(made.fingerprint);
  return made;
}

/// What may happen to a record while it is written.
struct Loss {
  const char* name;
  std::function<void(const fs::path& partial)> happens;
};

const Loss losses[] = {
    {"removed", [](const fs::path& partial) { fs::remove(partial); }},
    {"removed with its folder", [](const fs::path& partial) { fs::remove_all(partial.parent_path()); }},
    {"moved", [](const fs::path& partial) { fs::rename(partial, partial.parent_path() / "moved"); }},
    {"its folder moved",
     [](const fs::path& partial) { fs::rename(partial.parent_path(), partial.parent_path().parent_path() / "moved"); }},
    {"replaced",
     [](const fs::path& partial) {
       fs::remove(partial);
       std::ofstream{partial} << "theirs";
     }},
    {"replaced by a link",
     [](const fs::path& partial) {
       fs::rename(partial, partial.parent_path() / "moved");
       fs::create_symlink("moved", partial);
     }},
    {"emptied", [](const fs::path& partial) { fs::resize_file(partial, 0); }},
    {"written to",
     [](const fs::path& partial) {
       std::ofstream{partial, std::ios::app} << "theirs";
     }},
};

TEST(LostRecord, IsWrittenAnewWheneverItHappens) {
  constexpr int count = 3;
  for (const Loss& loss : losses) {
    for (int before = 0; before <= count; ++before) {
      SCOPED_TRACE(fmt::format("{} after {}", loss.name, before));
      const TemporaryFolder here;
      const fs::path folder = here.path() / "results";
      RandomMeasurements random;
      Recorder recorder{folder, lost_header()};
      std::vector<Measurement> written;
      const fs::path first = recorder.partial();
      for (int i = 0; i <= count; ++i) {
        if (i == before) loss.happens(first);
        if (i == count) break;
        written.push_back(random.next());
        recorder.write(written.back());
      }
      testing::internal::CaptureStderr();
      const fs::path path = recorder.finish();
      testing::internal::GetCapturedStderr();
      const Launch launch = read_launch(path);
      EXPECT_TRUE(launch.complete());
      ASSERT_EQ(launch.measurements.size(), written.size());
      for (std::size_t i = 0; i < written.size(); ++i)
        EXPECT_EQ(name(launch.measurements[i].what), name(written[i].what));
      EXPECT_NE(path.string() + ".partial", first) << "a fresh name";
    }
  }
}

TEST(LostRecord, IsSaid) {
  const TemporaryFolder here;
  Recorder recorder{here.path(), lost_header()};
  fs::remove(recorder.partial());
  const std::string first = recorder.partial();
  testing::internal::CaptureStderr();
  recorder.write(RandomMeasurements{}.next());
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find(first + " was removed"), std::string::npos) << said;
  EXPECT_NE(said.find(recorder.partial().string()), std::string::npos) << said;
}

TEST(LostRecord, IsNotWrittenThroughALink) {
  const TemporaryFolder here;
  const fs::path outside = here.path() / "outside";
  std::ofstream{outside} << "theirs";
  const fs::path folder = here.path() / "results";
  fs::create_directory(folder);
  const fs::path name = folder / file_name(lost_header());
  fs::create_symlink(outside, name.string() + ".partial");
  fs::create_symlink(here.path() / "nowhere", numbered(name, 2));
  Recorder recorder{folder, lost_header()};
  recorder.write(RandomMeasurements{}.next());
  EXPECT_EQ(recorder.finish(), numbered(name, 3));
  EXPECT_EQ(content(outside), "theirs");
  EXPECT_FALSE(fs::exists(here.path() / "nowhere"));
}

TEST(LostRecord, WhatCannotBeWrittenAnewIsAnError) {
  const TemporaryFolder here;
  const fs::path folder = here.path() / "results";
  Recorder recorder{folder, lost_header()};
  fs::remove_all(folder);
  std::ofstream{folder} << "a file in its place";
  EXPECT_THROW(recorder.write(RandomMeasurements{}.next()), Error);
  // Once that has gone, nothing is missing.
  fs::remove(folder);
  testing::internal::CaptureStderr();
  const Launch launch = read_launch(recorder.finish());
  testing::internal::GetCapturedStderr();
  EXPECT_TRUE(launch.complete());
}

TEST(EndedRecord, HasAFooterThatSaysWhyAndIsNotWhole) {
  const TemporaryFolder here;
  RandomMeasurements random;
  Recorder recorder{here.path(), lost_header()};
  recorder.write(random.next());
  recorder.end_early("SIGTERM came");
  const std::string text = content(recorder.partial());
  recorder.write(random.next());
  recorder.end_early("another reason");
  EXPECT_EQ(recorder.finish(), recorder.partial());
  EXPECT_EQ(content(recorder.partial()), text) << "nothing comes behind the footer";
  const Launch launch = read_launch(recorder.partial());
  ASSERT_TRUE(launch.footer);
  EXPECT_EQ(launch.footer->ended_by, "SIGTERM came");
  EXPECT_EQ(launch.measurements.size(), 1U);
  EXPECT_FALSE(launch.complete());
  EXPECT_EQ(why_cut_off(launch), "cut off: SIGTERM came");
  EXPECT_FALSE(read_launch(recorder.partial(), [](Measurement&&) {}).complete);
}

TEST(EndedRecord, CasesLeftOutAreAReasonToo) {
  const TemporaryFolder here;
  Recorder recorder{here.path(), lost_header()};
  const fs::path path = recorder.finish({}, "the time budget of 1s was spent");
  EXPECT_EQ(path.extension(), ".jsonl");
  EXPECT_FALSE(read_launch(path).complete());
}

TEST(EndedRecord, AnotherThreadMayEndItAtAnyMoment) {
  for (int round = 0; round < 20; ++round) {
    const TemporaryFolder here;
    RandomMeasurements random;
    Measurement m = random.next();
    Recorder recorder{here.path(), lost_header()};
    std::jthread writer{[&](const std::stop_token& stop) {
      for (m.repetition = 0; !stop.stop_requested(); ++m.repetition) recorder.write(m);
    }};
    std::this_thread::sleep_for(std::chrono::milliseconds{round % 5});
    recorder.end_early("enough");
    writer.request_stop();
    writer.join();
    const Launch launch = read_launch(recorder.partial());
    ASSERT_TRUE(launch.footer);
    EXPECT_EQ(launch.footer->measurements, launch.measurements.size());
    EXPECT_EQ(launch.footer->ended_by, "enough");
  }
}

}  // namespace
}  // namespace lanemark
