// SPDX-License-Identifier: MIT

// A record may come from anybody: of its command only what shapes a measurement is run again.

#include "bench/commands/recorded_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

using Words = std::vector<std::string>;

Words rebuilt(const Words& command) { return words(recorded_command(command)); }

std::string refusal(const Words& command) {
  try {
    return "rebuilt as " + fmt::format("{}", fmt::join(rebuilt(command), " "));
  } catch (const UsageError& error) {
    return fmt::format("refused: {}", error.what());
  }
}

TEST(RecordedCommand, keepsWhatShapesAMeasurement) {
  const std::vector<std::pair<Words, Words>> commands{
      {{"run", "collectives", "--results", "out"}, {"run", "collectives"}},
      {{"run", "--results=kernels", "--seed=9", "kernels", "--device", "host", "--kernel", "copy,linear_forward"},
       {"run", "kernels", "--device=host", "--kernel=copy,linear_forward"}},
      {{"run", "training", "--model", "mlp,conv", "--type", "tf32,bfloat16", "--ranks", "1,4", "--results", "out"},
       {"run", "training", "--ranks=1,4", "--model=mlp,conv", "--type=tf32,bfloat16"}},
      {{"run", "kernels", "--filter", "bfloat16|momentum_sgd|triad", "--progress", "on"},
       {"run", "kernels", "--filter=bfloat16|momentum_sgd|triad"}},
      {{"run", "collectives", "--filter", ":"}, {"run", "collectives", "--filter=:"}},
      {{"run", "collectives", "--benchmark_repetitions=3", "--benchmark_out=x.json", "--benchmark_out_format=csv",
        "--benchmark_format=json", "--benchmark_filter=y", "--benchmark_color=true"},
       {"run", "collectives", "--benchmark_repetitions=3", "--filter=y"}},
      {{"run", "collectives", "--slow-down=20%", "--fault", "1"},
       {"run", "collectives", "--slow-down=20%", "--fault=1"}},
      {{"run", "collectives", "--launches=1"}, {"run", "collectives"}},
      {{"quick", "--np", "2", "--results", "x"}, {"quick"}},
  };
  for (const auto& [command, expected] : commands) {
    const std::string text = fmt::format("{}", fmt::join(command, " "));
    EXPECT_EQ(rebuilt(command), expected) << text;
    EXPECT_EQ(rebuilt(rebuilt(command)), rebuilt(command)) << text;
  }
}

TEST(RecordedCommand, isRefusedWithTheReason) {
  const std::string nul(1, '\0');
  const std::vector<std::pair<Words, std::string>> commands{
      {{}, "empty"},
      {{"run", "collectives", "-b", "8", "-e", "8", "--mode", "latency", ":", "-np", "1", "touch", "x"}, "word ':'"},
      {{"run", "collectives", "--filter", ":", ":", "touch", "x"}, "word ':'"},
      {{"run", "collectives", "--filter=x", ":"}, "word ':'"},
      {{"run", ":"}, "word ':'"},
      {{":"}, "word ':'"},
      {{"run", "collectives", "--benchmark_out" + nul + "=x"},
       "'--benchmark_out\xEF\xBF\xBD=x' has control characters"},
      {{"run", "collectives", "--filter", "a\x1b[31mb"}, "control characters"},
      {{"run", "collectives", "--filter", "a\nb"}, "control characters"},
      {{"run", "collectives", "--filter",
        "a\xC2\x9B"
        "b"},
       "control characters"},
      {{"run", "collectives" + nul}, "control characters"},
      {{"run", "collectives", "--launches", "3"}, "--launches 3"},
      {{"run", "collectives", "--launches", "0"}, "--launches 0"},
      {{"run", "collectives", "--launches", "1", "--interleave", "/bin/sh"}, "--interleave"},
      {{"run", "collectives", "--interleave", "/bin/sh"}, "--launches"},
      {{"run", "collectives", "--launches", "1", "--np", "100000"}, "--launches 1"},
      {{"run", "collectives", "--np", "2"}, "--launches"},
      {{"run", "collectives", "--launch-timeout", "1h", "--launches=1"}, "--launches 1"},
      {{"run", "collectives", "--mca", "x", "y"}, "--mca"},
      {{"run", "collectives", "--app", "file"}, "--app"},
      {{"run", "nothing"}, "nothing"},
      {{"run"}, "suites"},
      {{"run", "collectives", "--help"}, "help"},
      {{"--version"}, "'--version' measures nothing"},
      {{"run", "collectives", "--benchmark_list_tests"}, "--benchmark_list_tests"},
      {{"run", "collectives", "--benchmark_enable_random_interleaving=true"}, "random_interleaving"},
      {{"list", "collectives"}, "'list' measures nothing"},
      {{"gate", "x", "--confirm", "3"}, "'gate' measures nothing"},
      {{"report", "x"}, "'report' measures nothing"},
      {{"doctor"}, "'doctor' measures nothing"},
      {{"touch", "x"}, "'touch' measures nothing"},
      {{"run", "collectives", "--filter", std::string(200'000, 'x')}, "bytes"},
      {Words(50'000, "run"), "bytes"},
  };
  for (const auto& [command, reason] : commands) {
    const std::string said = refusal(command);
    EXPECT_TRUE(said.starts_with("refused: the record's command is refused: ")) << said;
    EXPECT_NE(said.find(reason), std::string::npos) << said << "\nhas no " << reason;
    EXPECT_LT(said.size(), 600);
    EXPECT_TRUE(std::ranges::none_of(said, [](unsigned char c) { return c < ' ' || c == 0x7F; })) << said;
  }
}

// Wherever it stands: what is rebuilt holds no word of mpirun's, and no file.
TEST(RecordedCommand, holdsNothingOfMpirunsWhateverStandsWhere) {
  const Words start{"run", "collectives", "--mode", "latency", "-b", "8", "--filter", "x", "--ranks=1", "--in-place"};
  const std::vector<Words> hostile{{":", "-np", "1", "touch", "x"},
                                   {"--benchmark_out=x"},
                                   {"--results=/x"},
                                   {"--interleave=/bin/sh"},
                                   {"--mode=:"},
                                   {"--mode", ":"},
                                   {"[:]"},
                                   {"--split=[:,x]"},
                                   {"-x", "PATH=."},
                                   {"--mca", "a", "b"},
                                   {"--seed=:"},
                                   {"--", ":"}};
  for (const Words& one : hostile) {
    for (std::size_t at = 0; at <= start.size(); ++at) {
      Words command = start;
      command.insert(command.begin() + static_cast<std::ptrdiff_t>(at), one.begin(), one.end());
      Words made;
      try {
        made = rebuilt(command);
      } catch (const UsageError&) {
        continue;
      }
      for (const std::string& word : made) {
        EXPECT_NE(word, ":") << fmt::format("{}", fmt::join(command, " "));
        for (const char* flag : {"--benchmark_out", "--results", "--interleave", "--seed", "--mca"}) {
          EXPECT_FALSE(word.starts_with(flag)) << word;
        }
      }
      EXPECT_EQ(rebuilt(made), made);
    }
  }
}

}  // namespace
}  // namespace lanemark
