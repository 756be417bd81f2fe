// SPDX-License-Identifier: MIT

// What a launch is told is made from what was understood: whatever people type, the launch reads the same, and mpirun
// nothing.

#include "bench/launching/launch_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "bench/commands/measuring_flags.hpp"
#include "bench/launching/launcher.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

using Words = std::vector<std::string>;

Words rewritten(const Words& line) { return words(launch_command(parse_measuring_line(line))); }

TEST(LaunchCommand, namesEachFlagByItsLongNameWithItsValue) {
  const std::vector<std::pair<Words, Words>> lines{
      {{"run", "collectives", "-b", "8", "-e", "1GiB", "-f", "2"},
       {"run", "collectives", "--min-bytes=8", "--max-bytes=1GiB", "--factor=2"}},
      {{"run", "-e1GiB", "-b8", "collectives"}, {"run", "collectives", "--min-bytes=8", "--max-bytes=1GiB"}},
      {{"run", "collectives", "--mode", "latency", "bandwidth", "--mode=first_call"},
       {"run", "collectives", "--mode=latency,bandwidth,first_call"}},
      {{"run", "collectives", "--ranks", "1", "2", "--in-place"},
       {"run", "collectives", "--ranks=1,2", "--in-place=true"}},
      {{"run", "training", "--no-graph"}, {"run", "training", "--graph=false"}},
      {{"run", "--kernel", "copy", "--", "kernels", "transfers"}, {"run", "kernels", "transfers", "--kernel=copy"}},
      {{"run", "collectives", "--filter", ":"}, {"run", "collectives", "--filter=:"}},
      {{"run", "collectives", "--filter=-x"}, {"run", "collectives", "--filter=-x"}},
      {{"run", "collectives", "--filter", "a,b c|'d'"}, {"run", "collectives", "--filter=a,b c|'d'"}},
      {{"run", "collectives", "--benchmark_filter=x", "--benchmark_out=f"},
       {"run", "collectives", "--benchmark_out=f", "--filter=x"}},
      {{"run", "collectives", "--filter", "", "--backend", ":", "x"}, {"run", "collectives", "--backend=:,x"}},
      {{"run", "collectives", "--device", "", "--mode=latency"},
       {"run", "collectives", "--device", "", "--mode=latency"}},
      {{"run", "collectives", "--launches=2", "--np", "2", "--interleave", ":"}, {"run", "collectives"}},
      {{"quick", "--np", "3", "--min-time", "0.1", "--benchmark_color", "--benchmark_format=json"},
       {"quick", "--min-time=0.1", "--benchmark_format=json", "--benchmark_color=true"}},
  };
  for (const auto& [line, expected] : lines)
    EXPECT_EQ(rewritten(line), expected) << fmt::format("{}", fmt::join(line, " "));
}

TEST(LaunchCommand, meansTheSameWhenItIsReadAgain) {
  const std::vector<Words> lines{
      {"run", "--kernel", "copy", "--np", "1", "kernels", "--launches", "2"},
      {"run", "--launches=2", "--kernel", "copy", "--results", "-x", "kernels", "transfers"},
      {"run", "--launches=2", "--kernel", "copy", "--results=", "x", "kernels", "transfers"},
      {"run", "--launches=2", "--kernel", "copy", "--seed", "--benchmark_repetitions=2", "3", "kernels"},
      {"run", "--launches=2", "--ranks", "1", "2", "--launch-timeout", "1h", "kernels", "--in-place"},
      {"run", "kernels", "--launches=2", "--ranks=[1,2]", "-w", "0", "-n7", "--precision=1%", "--time-budget", "2min"},
      {"run", "collectives", "-d", "float,half", "-o", "all", "-r", "1,2", "-G", "1", "-R2", "--cache", "warm"},
      {"run", "collectives", "--split", "mod:2,node", "--misalign", "1", "--pairs", "--algo=ring", "--fault", "0"},
      {"run", "training", "--model", "mlp=16-8-1", "conv", "--bucket-cap", "1MiB,25MiB", "--graph", "--batch=8"},
      {"run", "kernels", "--kernel-shape=1x17x5,2x3", "--kernel-random", "5", "--kernel-compute", "hand,library"},
      {"run", "collectives", "--device", "", "--filter", "", "--backend", "", "--progress=off"},
      {"run", "collectives", "--benchmark_format=", "--benchmark_out=f", "--benchmark_out_format=csv",
       "--benchmark_counters_tabular"},
      {"run", "collectives", "--slow-down", "20%", "--filter", "--np", "--timeout=1e3"},
      {"quick", "--np=2", "--filter", "-", "--memory", "pinned"},
  };
  for (const Words& line : lines) {
    const std::string text = fmt::format("{}", fmt::join(line, " "));
    const MeasuringLine given = parse_measuring_line(line);
    const MeasuringLine again = parse_measuring_line(rewritten(line));
    EXPECT_EQ(launch_command(again), launch_command(given)) << text;
    const auto meaning = [](const MeasuringOptions& o) {
      return std::tie(o.suites, o.device.device, o.device.share_gpus, o.ranks, o.backends, o.smallest, o.largest,
                      o.factor, o.results, o.min_time, o.iterations, o.warm_up, o.precision, o.time_budget, o.timeout,
                      o.seed, o.progress, o.slow_down, o.google_benchmark.filter, o.google_benchmark.reports.out_format,
                      o.google_benchmark.reports.format);
    };
    EXPECT_TRUE(meaning(again.options) == meaning(given.options)) << text;
    EXPECT_FALSE(again.options.launches) << text;
    EXPECT_NO_THROW(mpirun_command("mpirun", 2, "/lanemark", rewritten(line))) << text;
  }
}

TEST(LaunchCommand, knowsWhatEachFlagIsFor) {
  // One that is declared without it is refused wherever it is given, so that none is forgotten.
  for (const Words& line : {Words{"run", "collectives"}, {"quick"}}) EXPECT_NO_THROW(parse_measuring_line(line));
  const MeasuringLine line = parse_measuring_line({"run", "collectives", "--launches=1", "--np=2", "--results=r",
                                                   "--seed=4", "--progress=on", "--fault=1", "--interleave=p"});
  std::vector<std::pair<std::string, FlagUse>> uses;
  for (const GivenFlag& one : line.given) uses.emplace_back(one.name, one.use);
  const std::vector<std::pair<std::string, FlagUse>> expected{
      {"--results", FlagUse::one_launch}, {"--seed", FlagUse::one_launch}, {"--progress", FlagUse::one_launch},
      {"--launches", FlagUse::launches},  {"--np", FlagUse::launches},     {"--interleave", FlagUse::launches},
      {"--fault", FlagUse::measurement}};
  EXPECT_EQ(uses, expected);
}

TEST(LaunchCommand, changesItsFilter) {
  const LaunchCommand command = launch_command(parse_measuring_line({"run", "kernels", "--filter=x", "--kernel=copy"}));
  EXPECT_EQ(words(with_filter(command, "^(:)$")), (Words{"run", "kernels", "--kernel=copy", "--filter=^(:)$"}));
  EXPECT_EQ(words(with_filter(command, "")), (Words{"run", "kernels", "--kernel=copy"}));
}

TEST(MpirunCommand, isPutTogetherFromWordsThatMpirunLeavesAlone) {
  EXPECT_EQ(mpirun_command("mpirun", 2, "/lanemark", {"run", "kernels", "--filter=:", "--device", "", "--a_b=-c=:"}),
            (Words{"mpirun", "-np", "2", "/lanemark", "run", "kernels", "--filter=:", "--device", "", "--a_b=-c=:"}));
  EXPECT_EQ(mpirun_command("mpirun", 2, "/lanemark", {}), (Words{"mpirun", "-np", "2", "/lanemark"}));
}

TEST(MpirunCommand, refusesWhatMpirunWouldTakeForItsOwn) {
  for (const std::string& word : {std::string{":"}, std::string{"-np"}, std::string{"-mca"}, std::string{"--mca"},
                                  std::string{"--app"}, std::string{"--"}, std::string{"--=x"}, std::string{"-x=y"},
                                  std::string{"--a b=c"}, std::string{"-"}, std::string{"a\0b", 3}}) {
    EXPECT_THROW(mpirun_command("mpirun", 2, "/lanemark", {"run", word, "x"}), UsageError) << word;
    EXPECT_THROW(mpirun_command("mpirun", 2, "/lanemark", {"run", word}), UsageError) << word;
  }
  EXPECT_THROW(mpirun_command("mpirun", 2, "lanemark", {"run"}), UsageError);
}

}  // namespace
}  // namespace lanemark
