// SPDX-License-Identifier: MIT

// Which sizes are measured: a range by a factor or by steps, a list, a file.

#include "bench/measurement/sizes.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "bench/commands/measuring_flags.hpp"
#include "bench/commands/recorded_command.hpp"
#include "bench/commands/size_options.hpp"
#include "bench/launching/launch_command.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/record/temporary_folder.hpp"

namespace lanemark {
namespace {

TEST(Sizes, growByTheFactorUpToTheLargest) {
  EXPECT_EQ(expand({.smallest = Bytes{8}, .largest = Bytes{200}, .factor = 4}, Bytes{1}, Bytes{1}),
            (std::vector{Bytes{8}, Bytes{32}, Bytes{128}}));
  EXPECT_EQ(expand({}, Bytes{8}, Bytes{8}), std::vector{Bytes{8}});
}

TEST(Sizes, doNotOverflow) {
  const Bytes largest{~std::uint64_t{0} >> 1U};
  const std::vector<Bytes> sizes = expand({.smallest = Bytes{1}, .largest = largest, .factor = 1U << 30U}, {}, {});
  EXPECT_EQ(sizes.size(), 3U);
}

TEST(Sizes, refuseWhatMeasuresNothing) {
  EXPECT_THROW(expand({.smallest = {}, .largest = Bytes{0}, .factor = 2}, Bytes{8}, Bytes{8}), UsageError);
  EXPECT_THROW(expand({.smallest = Bytes{9}, .largest = Bytes{8}, .factor = 2}, Bytes{8}, Bytes{8}), UsageError);
  EXPECT_THROW(expand({.smallest = Bytes{8}, .largest = Bytes{8}, .factor = 1}, Bytes{8}, Bytes{8}), UsageError);
}

std::vector<Bytes> bytes(const std::vector<std::uint64_t>& numbers) {
  std::vector<Bytes> sizes;
  for (const std::uint64_t one : numbers) sizes.emplace_back(one);
  return sizes;
}

/// The message that `work` is refused with.
template <class Work>
std::string refusal(const Work& work) {
  try {
    work();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Sizes, goUpByAStep) {
  EXPECT_EQ(expand({.smallest = Bytes{8}, .largest = Bytes{40}, .step = Bytes{16}}, Bytes{1}, Bytes{1}),
            bytes({8, 24, 40}));
  EXPECT_EQ(expand({.smallest = Bytes{8}, .largest = Bytes{39}, .step = Bytes{16}}, Bytes{1}, Bytes{1}),
            bytes({8, 24}));
  EXPECT_EQ(expand({.smallest = Bytes{0}, .largest = Bytes{2}, .step = Bytes{1}}, Bytes{8}, Bytes{8}),
            bytes({0, 1, 2}));
  EXPECT_EQ(expand({.smallest = Bytes{8}, .largest = Bytes{8}, .step = mebibytes(1)}, Bytes{1}, Bytes{1}), bytes({8}));
  const Bytes largest{~std::uint64_t{0}};
  EXPECT_EQ(expand({.smallest = {}, .largest = largest, .step = Bytes{std::uint64_t{1} << 63U}}, Bytes{5}, {}).size(),
            2U)
      << "none beyond the largest number there is";
}

TEST(Sizes, byStepsAreNotEndless) {
  const auto sizes = [](std::uint64_t largest) {
    return expand({.smallest = Bytes{1}, .largest = Bytes{largest}, .step = Bytes{1}}, Bytes{8}, Bytes{8}).size();
  };
  EXPECT_EQ(sizes(most_sizes), most_sizes);
  const std::string said = refusal([&] { sizes(most_sizes + 1); });
  EXPECT_NE(said.find("steps of 1B make 100001 sizes from 1B"), std::string::npos) << said;
  EXPECT_NE(said.find("-i"), std::string::npos) << said;
  EXPECT_NE(refusal([] { expand({.step = Bytes{1}}, Bytes{0}, Bytes{~std::uint64_t{0}}); }), "");
  EXPECT_NE(refusal([] { expand({.step = Bytes{0}}, Bytes{8}, Bytes{8}); }), "");
}

TEST(Sizes, fromNothingGoOnWithTheUsualSmallest) {
  const auto from_0 = [](std::uint64_t largest) {
    return expand({.smallest = Bytes{0}, .largest = Bytes{largest}, .factor = 4}, Bytes{8}, mebibytes(1));
  };
  EXPECT_EQ(from_0(200), bytes({0, 8, 32, 128}));
  EXPECT_EQ(from_0(4), bytes({0, 4})) << "but not above the largest";
  EXPECT_EQ(from_0(0), bytes({0}));
}

TEST(Sizes, ofAListAscendEachOnce) {
  const std::vector<std::string> list{"3MB", "8", "1KiB", "0", "1024", "8B"};
  EXPECT_EQ(sizes_from_list(list), bytes({0, 8, 1024, 3 << 20}));
  EXPECT_EQ(joined(sizes_from_list(list)), "0B,8B,1KiB,3MiB");
  EXPECT_TRUE(sizes_from_list({}).empty());
  EXPECT_EQ(expand({.list = bytes({0, 5})}, Bytes{8}, Bytes{1}), bytes({0, 5}));
  for (const char* text : {"", "x", "-8", "8x", "8 16", "1e3", "99999999999999999999"}) {
    EXPECT_NE(refusal([&] { sizes_from_list(std::vector<std::string>{"8", text}); }), "") << text;
  }
  EXPECT_LT(refusal([&] { sizes_from_list(std::vector<std::string>{std::string(100'000, '8')}); }).size(), 400U);
  EXPECT_NE(refusal([&] { sizes_from_list(std::vector<std::string>(most_sizes + 1, "8")); }), "");
}

TEST(Sizes, ofLinesHaveComments) {
  EXPECT_EQ(sizes_from_lines("# IMB's -msglen\n\n0\n  64 # a line of cache\n1KiB\r\n\t8\t\n#9\n1024", "f"),
            bytes({0, 8, 64, 1024}));
  EXPECT_NE(refusal([] { sizes_from_lines("", "f"); }).find("f names no size"), std::string::npos);
  EXPECT_NE(refusal([] { sizes_from_lines("# 8\n\n", "f"); }).find("f names no size"), std::string::npos);
  EXPECT_NE(refusal([] { sizes_from_lines("8\n\n16 32\n", "f"); }).find("f, line 3: '16 32' is no size"),
            std::string::npos);
  for (const std::string& line : {std::string{"8,16"}, std::string{"-1"}, std::string{"8\x1b[31m"},
                                  std::string(1'000'000, '8'), std::string{"8\0", 2}}) {
    const std::string said = refusal([&] { sizes_from_lines("8\n" + line, "f"); });
    EXPECT_NE(said.find("f, line 2: "), std::string::npos) << said;
    EXPECT_LT(said.size(), 500U);
    EXPECT_TRUE(std::ranges::none_of(said, [](unsigned char c) { return c < ' '; })) << said;
  }
}

MeasuringLine parsed(std::vector<std::string> flags) {
  flags.insert(flags.begin(), {"run", "collectives"});
  return parse_measuring_line(std::move(flags));
}

std::string refused(const std::vector<std::string>& flags) {
  return refusal([&] { parsed(flags); });
}

TEST(SizeFlags, sayWhichSizes) {
  const SizeRange stepped = size_range(parsed({"-b", "0", "-e", "1M", "-i", "1K"}));
  EXPECT_EQ(stepped.smallest, Bytes{0});
  EXPECT_EQ(stepped.step, kibibytes(1));
  EXPECT_TRUE(stepped.given());
  EXPECT_EQ(size_range(parsed({"--sizes", "8,1KiB,3MB", "0"})).list, bytes({0, 8, 1024, 3 << 20}));
  EXPECT_TRUE(size_range(parsed({"--sizes=8"})).given());
  EXPECT_FALSE(size_range(parsed({"-i", "1024"})).given()) << "from where to where is not said";
}

TEST(SizeFlags, areRefusedWhereTheySayTwoThings) {
  EXPECT_NE(refused({"-i", "8", "-f", "2"}).find("leave one off"), std::string::npos);
  EXPECT_NE(refused({"-i", "0"}).find("at least 1 byte"), std::string::npos);
  for (const char* bad : {"", "x", "-1", "1.5"}) EXPECT_NE(refused({std::string{"--step-bytes="} + bad}), "") << bad;
  for (const char* flag : {"-b", "-e", "-f", "-i"}) {
    EXPECT_NE(refused({"--sizes", "8", flag, "8"}).find("leave one off"), std::string::npos) << flag;
    EXPECT_NE(refused({"--sizes-file", "none", flag, "8"}).find("leave one off"), std::string::npos) << flag;
  }
  EXPECT_NE(refused({"--sizes", "8", "--sizes-file", "none"}).find("leave one off"), std::string::npos);
  EXPECT_NE(refused({"--sizes-file", ""}), "");
  EXPECT_NE(refused({"--sizes", ""}), "");
}

class SizesFile : public ::testing::Test {
 protected:
  std::string file(const std::string& text) {
    const std::string path = folder_.path() / "sizes";
    std::ofstream{path, std::ios::binary} << text;
    return path;
  }
  TemporaryFolder folder_;
};

TEST_F(SizesFile, isHandedOnAsItsSizes) {
  MeasuringLine line = parsed({"--sizes-file", file("1KiB\n8\n0\n"), "--mode", "latency"});
  take_sizes_file(line);
  EXPECT_EQ(size_range(line).list, bytes({0, 8, 1024}));
  EXPECT_EQ(words(launch_command(line)),
            (std::vector<std::string>{"run", "collectives", "--sizes=0B,8B,1KiB", "--mode=latency"}));
  EXPECT_EQ(size_range(parse_measuring_line(words(launch_command(line)))).list, bytes({0, 8, 1024}));
  EXPECT_EQ(words(recorded_command(words(launch_command(line)))), words(launch_command(line)));
  take_sizes_file(line);  // what was read is not read again
  EXPECT_EQ(size_range(line).list, bytes({0, 8, 1024}));
}

TEST_F(SizesFile, isRefusedWithItsName) {
  const auto taken = [](const std::string& path) {
    return refusal([&] {
      MeasuringLine line = parsed({"--sizes-file", path});
      take_sizes_file(line);
    });
  };
  EXPECT_NE(taken("/nowhere/sizes").find("/nowhere/sizes"), std::string::npos);
  EXPECT_NE(taken("/dev/zero").find("no plain file"), std::string::npos);
  EXPECT_NE(taken(folder_.path().string()).find("directory"), std::string::npos);
  EXPECT_NE(taken(file("8\nsixteen\n")).find("sizes, line 2: 'sixteen'"), std::string::npos);
  EXPECT_NE(taken(file(std::string(2 << 20, '\n'))).find("at most 1MiB are read"), std::string::npos);
  std::string many;
  for (int size = 0; size < 20'000; ++size) many += fmt::format("{}\n", size);
  EXPECT_NE(taken(file(many)).find("command line"), std::string::npos) << taken(file(many));
}

TEST_F(SizesFile, isNotReadForAStranger) {
  for (const std::string& path : {file("8\n"), std::string{"/nowhere"}, std::string{"/dev/zero"}}) {
    const std::string said = refusal([&] { recorded_command({"run", "collectives", "--sizes-file", path}); });
    EXPECT_NE(said.find("names a file"), std::string::npos) << said;
  }
}

}  // namespace
}  // namespace lanemark
