// SPDX-License-Identifier: MIT

// A flag that does nothing for what is planned, and a number in an unusual form, are refused with a message that names
// them.

#include "bench/engine/given_flags.hpp"

#include <gtest/gtest.h>

#include "bench/commands/command.hpp"
#include "bench/commands/measuring_flags.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/commands/refusal.hpp"

namespace lanemark {
namespace {

TEST(PlainNumbers, AreTheOnlyOnesOfAllFlags) {
  const std::vector<std::string> numbers{"--ranks", "--factor",   "--min-samples",  "--iters",    "--warmup",
                                         "--seed",  "--misalign", "--cudagraph",    "--register", "--fault",
                                         "--np",    "--launches", "--kernel-random"};
  for (const std::string& flag : numbers) {
    for (const char* value :
         {"8x", " 8", "+8", "0x8", "010", "1e1", "2.0", "18446744073709551616", "99999999999999999999"}) {
      const std::string said = refusal({"run", "collectives", "--launches", "1", flag + "=" + value});
      const std::string twice = refusal({"run", "collectives", flag, value, "--launches=1"});
      EXPECT_NE(said, "") << flag << " " << value;
      EXPECT_NE(twice, "") << flag << " " << value;
      EXPECT_TRUE(flag == "--launches" || said.find(flag) != std::string::npos) << said;
    }
  }
  EXPECT_NE(refusal({"run", "collectives", "--ranks", "1,0x2"}).find("0x2"), std::string::npos);
  for (const char* value : {"0x1", " 1", "+1", "1x", "inf", "nan"}) {
    EXPECT_NE(refusal({"run", "collectives", std::string{"--min-time="} + value}).find("--min-time"),
              std::string::npos);
    EXPECT_NE(refusal({"gate", "run", std::string{"--alpha="} + value}), "") << value;
  }
  EXPECT_NE(refusal({"gate", "run", "--confirm=0x3"}).find("--confirm"), std::string::npos);
  EXPECT_NE(refusal({"calibrate", "run", "--window=010"}).find("--window"), std::string::npos);
  EXPECT_NE(refusal({"baseline", "prune", "--keep=0x3"}).find("--keep"), std::string::npos);
  EXPECT_EQ(refusal({"run", "collectives", "--ranks", "1,2", "--min-time", "1e-3", "--seed", "18446744073709551615"}),
            "");
}

TEST(PlainNumbers, OfANumberThatIsGivenTwiceNeitherCounts) {
  for (const char* flag : {"--min-time", "--iters", "--seed", "--factor", "--cache", "--filter", "--device"}) {
    EXPECT_NE(refusal({"run", "collectives", flag, "2", flag, "3"}), "") << flag;
  }
  EXPECT_NE(refusal({"run", "collectives", "-b", "8", "--min-bytes", "16"}), "");
}

TEST(PlainWords, AnEmptyOneIsAFlagsValueOrRefused) {
  EXPECT_EQ(refusal({"run", "collectives", "--filter", ""}), "");
  for (const std::vector<std::string>& line : {std::vector<std::string>{"quick", ""},
                                               {"run", "collectives", ""},
                                               {"run", "", "collectives"},
                                               {"run", "collectives", "--pairs", ""},
                                               {"run", "collectives", "--", ""},
                                               {"list", "--min-time=1", ""},
                                               {"gate", "--strict", "", "run"},
                                               {""}}) {
    EXPECT_NE(refusal(line).find("is empty"), std::string::npos) << line.back();
  }
}

TEST(PlainNumbers, ZeroIsNotTheCountThatWasNotGiven) {
  EXPECT_NE(refusal({"run", "collectives", "-n", "0"}).find("-n"), std::string::npos);
}

std::vector<GivenFlag> given(const std::vector<std::string>& arguments) {
  return parse_measuring_line(arguments).given;
}

TEST(GivenFlags, KnowWhoseTheyAre) {
  const std::vector<GivenFlag> flags =
      given({"run", "collectives", "-b", "8", "-r", "1", "--sync", "bucketed", "--memory=pinned", "--kernel", "copy"});
  const auto suite_of = [&](std::string_view name) {
    const auto found = std::ranges::find(flags, name, &GivenFlag::name);
    return found == flags.end() ? std::string{"not given"} : found->suite;
  };
  EXPECT_EQ(flags.size(), 5U);
  EXPECT_EQ(suite_of("--min-bytes"), "");
  EXPECT_EQ(suite_of("--root"), "collectives");
  EXPECT_EQ(suite_of("--sync"), "training");
  EXPECT_EQ(suite_of("--memory"), "transfers");
  EXPECT_EQ(suite_of("--kernel"), "kernels");
  EXPECT_EQ(suite_of("--op"), "not given");
  EXPECT_EQ(given({"quick", "--sync", "bucketed"}).size(), 1U);
  EXPECT_EQ(given({"list", "-r", "1"}).size(), 1U);
}

std::string idle(const std::vector<std::string>& arguments,
                 const std::vector<std::pair<std::string, std::vector<IgnoredFlag>>>& cases,
                 const std::vector<IgnoredFlag>& also = {}) {
  IdleFlags use{given(arguments)};
  for (const auto& [suite, ignores] : cases) {
    PlannedCase planned;
    planned.ignores = ignores;
    use.see(suite, planned, also);
  }
  try {
    use.require_all();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(FlagUse, RefusesWhatNoCaseHeeds) {
  const std::vector<IgnoredFlag> no_root{{"--root", "nothing has a root"}};
  const std::vector<std::string> root{"run", "collectives", "-r", "1"};
  EXPECT_NE(idle(root, {{"collectives", no_root}}).find("--root would do nothing here: nothing has a root"),
            std::string::npos);
  EXPECT_EQ(idle(root, {{"collectives", no_root}, {"collectives", {}}}), "") << "one that heeds it is enough";
  EXPECT_EQ(idle(root, {{"collectives", {}}, {"collectives", no_root}}), "");
  EXPECT_NE(idle(root, {{"transfers", {}}}).find("--root is for the suite collectives"), std::string::npos);
  EXPECT_NE(idle(root, {{"transfers", {}}, {"collectives", no_root}}), "") << "another suite does not heed its flags";
  EXPECT_EQ(idle({"run", "collectives"}, {{"collectives", no_root}}), "") << "what is not given is not looked at";
}

TEST(FlagUse, RefusesFlagsOfAllSuitesThatNoSuiteHeeds) {
  const std::vector<IgnoredFlag> no_ranks{{"--ranks", "all ranks"}};
  const std::vector<std::string> ranks{"run", "kernels", "--ranks", "1"};
  EXPECT_NE(idle(ranks, {{"kernels", no_ranks}, {"transfers", no_ranks}}), "");
  EXPECT_EQ(idle(ranks, {{"kernels", no_ranks}, {"collectives", {}}}), "");
  EXPECT_NE(idle(ranks, {{"collectives", {}}}, no_ranks), "") << "nor those that how it is timed makes idle";
}

}  // namespace
}  // namespace lanemark
