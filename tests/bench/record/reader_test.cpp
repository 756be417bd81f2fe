// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/stat.h>

#include "bench/record/json.hpp"
#include "bench/record/store.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/record/temporary_folder.hpp"
#include "tests/bench/text/texts.hpp"

// The reader on text: what a file that was cut off or made by hand, or by a later program, may have in it.

namespace lanemark {
namespace {

/// A record with everything in it that a record can have: header, GPUs, a measurement of each kind, footer.
const std::string& whole() {
  static const std::string text = content(LANEMARK_SOURCE_DIR "/tests/fuzz/corpus/record/training.jsonl");
  return text;
}

std::string reading_error(std::string_view text) {
  return error_of([&] { read_launch_text(text, "its.jsonl"); });
}

TEST(Reader, ReadsTextAsItReadsAFile) {
  ASSERT_EQ(reading_error(whole()), "");
  const Launch launch = read_launch_text(whole(), "its.jsonl");
  EXPECT_TRUE(launch.complete());
  const TemporaryFolder folder;
  std::ofstream{folder.path() / "same.jsonl", std::ios::binary} << whole();
  const Launch same = read_launch(folder.path() / "same.jsonl");
  EXPECT_EQ(to_json(same.header), to_json(launch.header));
  ASSERT_EQ(same.measurements.size(), launch.measurements.size());
  for (std::size_t i = 0; i < same.measurements.size(); ++i) {
    EXPECT_EQ(to_json(same.measurements[i]), to_json(launch.measurements[i]));
  }
}

TEST(Reader, TellsHowLongALaunchTook) {
  const auto took = [](const std::string& started, const std::string& ended) {
    Launch launch;
    launch.header.started = started;
    launch.footer = LaunchFooter{.measurements = 0, .ended = ended, .gpus = {}, .taints = {}};
    return duration(launch).count();
  };
  EXPECT_EQ(took("2026-01-31T09:30:00Z", "2026-01-31T09:31:05Z"), 65);
  EXPECT_EQ(took("2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"), 1);
  EXPECT_GT(took("0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"), 3e11);
  EXPECT_EQ(took("2026-01-31T09:31:05Z", "2026-01-31T09:30:00Z"), 0) << "it ended before it began";
  const std::string good = "2026-01-31T09:30:00Z";
  for (const std::string& bad :
       {std::string{}, std::string{"soon"}, std::string{"2026-13-31T09:30:00Z"}, std::string{"2026-02-30T09:30:00Z"},
        std::string{"2026-01-31T24:30:00Z"}, std::string{"2026-01-31T09:30:00+"}, std::string{"2026-01-31 09:30:00Z"},
        std::string{"2026-01-31T09:30:00Z "}, std::string{"99999-01-31T09:30:0Z"},
        std::string{"-026-01-31T09:30:00Z"}}) {
    EXPECT_EQ(took(bad, good), 0) << bad;
    EXPECT_EQ(took(good, bad), 0) << bad;
  }
  EXPECT_EQ(duration(Launch{}).count(), 0);
}

TEST(Reader, CutAtAnyByteIsReadOrRefusedByName) {
  std::size_t read = 0;
  for (std::size_t length = 0; length <= whole().size(); ++length) {
    const std::string error = reading_error(std::string_view{whole()}.substr(0, length));
    if (error.empty()) ++read;
    else ASSERT_TRUE(error.starts_with("its.jsonl:1: ")) << "cut at byte " << length << ": " << error;
  }
  EXPECT_EQ(read, whole().size() - whole().find('\n') + 1);  // all that have the whole header
}

TEST(Reader, ABrokenByteAnywhereIsReadOrRefused) {
  for (std::size_t at = 0; at < whole().size(); ++at) {
    for (const char c : {'\0', '"', '}', '-', '\xff'}) {
      std::string changed = whole();
      changed[at] = c;
      ASSERT_NO_THROW(reading_error(changed)) << "byte " << at << " became " << static_cast<int>(c);
    }
  }
}

TEST(Reader, AnotherSchemaMajorIsRefusedWithACure) {
  std::string later = whole();
  const auto at = later.find("\"schema\":\"1.");
  ASSERT_NE(at, std::string::npos);
  later[at + 10] = '2';
  EXPECT_NE(reading_error(later).find("use a program of that age"), std::string::npos) << reading_error(later);
}

TEST(Reader, UnknownFieldsAreIgnoredOnEveryLine) {
  std::string text = whole();
  for (std::size_t at = text.rfind("{\"", text.size()); at != std::string::npos; at = text.rfind("{\"", at - 1)) {
    text.insert(at + 1, R"("unknown field":{"of":["a","later","program"]},)");
    if (at == 0) break;
  }
  // Not in lists of names, where every name counts: there an object is refused as no text.
  for (const std::string_view names : {R"("environment":{)", R"("versions":{)"}) {
    const auto begin = text.find(names);
    ASSERT_NE(begin, std::string::npos);
    const std::string_view added = R"("unknown field":{"of":["a","later","program"]},)";
    if (text.compare(begin + names.size(), added.size(), added) == 0) text.erase(begin + names.size(), added.size());
  }
  ASSERT_EQ(reading_error(text), "");
  EXPECT_EQ(read_launch_text(text, "").measurements.size(), read_launch_text(whole(), "").measurements.size());
}

/// What fuzzing starts from, and what it once broke.
TEST(Reader, TheFuzzersCorpusIsReadOrRefused) {
  std::size_t read = 0;
  for (const auto& entry : std::filesystem::directory_iterator{LANEMARK_SOURCE_DIR "/tests/fuzz/corpus/record"}) {
    read += reading_error(content(entry.path())).empty() ? 1 : 0;
  }
  EXPECT_GE(read, 3U);
}

TEST(Reader, RecordsThatCannotBeTrueAreRefusedByLineAndField) {
  std::size_t refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator{LANEMARK_SOURCE_DIR "/tests/fuzz/corpus/record"}) {
    if (!entry.path().filename().string().starts_with("hostile_")) continue;
    const std::string error = reading_error(content(entry.path()));
    EXPECT_TRUE(error.starts_with("its.jsonl:")) << entry.path() << ": " << error;
    const bool named = error.find(": field '") != std::string::npos || error.find(": nested") != std::string::npos ||
                       error.find(": a line after the footer") != std::string::npos;
    EXPECT_TRUE(named) << entry.path() << ": " << error;
    ++refused;
  }
  EXPECT_GE(refused, 20U);
}

TEST(Reader, OnlyAFileIsRead) {
  const TemporaryFolder folder;
  const std::filesystem::path pipe = folder.path() / "pipe.jsonl";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const std::filesystem::path& path : {std::filesystem::path{"/dev/zero"}, pipe, folder.path()}) {
    try {
      read_launch(path);
      FAIL() << path;
    } catch (const UsageError& error) {
      EXPECT_TRUE(std::string{error.what()}.starts_with("cannot read " + path.string())) << error.what();
    }
  }
}

/// The reader of files fills its buffer in pieces, whose ends fall anywhere.
TEST(Reader, LinesOfAnyLengthComeWhole) {
  const std::size_t header_end = whole().find('\n') + 1;
  for (const std::size_t length : {1U, 1000U, 131'072U, 262'000U, 262'144U, 700'000U}) {
    const TemporaryFolder folder;
    std::string text = whole();
    std::string later = R"({"type":"later","text":")" + std::string(length, 'x') + "\"}\n";
    text.insert(header_end, later + later);
    std::ofstream{folder.path() / "its.jsonl", std::ios::binary} << text;
    EXPECT_TRUE(read_launch(folder.path() / "its.jsonl").complete()) << length;
  }
}

TEST(Reader, NothingAndNonsenseAreRefused) {
  EXPECT_EQ(reading_error(""), "its.jsonl:1: the file is empty; nothing was measured");
  for (const auto* text : {"\n", "{}\n", "[]\n", "null\n", "7\n", "{\"type\":\"header\"}\n"}) {
    EXPECT_TRUE(reading_error(text).starts_with("its.jsonl:1: ")) << text << reading_error(text);
  }
  EXPECT_NE(reading_error(std::string(100'000, '[') + '\n'), "");
}

}  // namespace
}  // namespace lanemark
