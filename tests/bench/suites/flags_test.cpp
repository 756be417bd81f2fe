// SPDX-License-Identifier: MIT

// What suites make of flags: each case is what was asked for, is skipped with the reason, or says which flags it does
// not heed. Nothing is measured here, so that there may be any number of ranks.

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "bench/engine/suite.hpp"
#include "bench/measurement/case_bound.hpp"
#include "kernels/core/error.hpp"
#include "tests/device_under_test.hpp"

namespace lanemark {
namespace {

class SuiteFlags : public ::testing::Test {
 protected:
  std::vector<PlannedCase> plan(const std::string& suite, const std::string& arguments, std::vector<int> ranks = {4}) {
    contexts_.push_back(std::unique_ptr<SuiteContext>{new SuiteContext{.world = world_,
                                                                       .communicators = communicators_,
                                                                       .device = properties(world_.device()),
                                                                       .ranks = std::move(ranks),
                                                                       .backends = {},
                                                                       .sizes = sizes,
                                                                       .memory_limit = {}}});
    for (const std::string& name : backends_under_test(world_.device())) {
      contexts_.back()->backends.push_back(&resolve_backend(name, world_));
    }
    suites_.push_back(Registry<SuiteEntry>::get("suite", suite).make());
    CLI::App app;
    suites_.back()->add_options(app);
    app.parse(arguments);
    if (quick) suites_.back()->make_quick();
    return suites_.back()->plan(*contexts_.back());
  }

  /// Whether no case of the plan heeds the flag.
  bool idle(const std::string& flag, const std::string& suite, const std::string& arguments,
            const std::vector<int>& ranks = {4}) {
    return std::ranges::all_of(plan(suite, arguments, ranks), [&](const PlannedCase& one) {
      return std::ranges::find(one.ignores, flag, &IgnoredFlag::flag) != one.ignores.end();
    });
  }

  std::string refused(const std::string& suite, const std::string& arguments, const std::vector<int>& ranks = {4}) {
    try {
      plan(suite, arguments, ranks);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  }

  [[nodiscard]] bool on_gpu() const { return world_.device().kind == DeviceKind::cuda; }

  SizeRange sizes{.smallest = Bytes{64}, .largest = Bytes{64}};
  bool quick = false;

 private:
  World world_{MPI_COMM_WORLD, device_under_test()};
  Communicators communicators_;
  std::vector<std::unique_ptr<SuiteContext>> contexts_;
  std::vector<std::unique_ptr<Suite>> suites_;
};

/// Of each number of ranks.
std::map<int, std::set<std::string>> roots(const std::vector<PlannedCase>& cases) {
  std::map<int, std::set<std::string>> found;
  for (const PlannedCase& one : cases) {
    const std::string root = label(one.what, "root");
    found[one.what.ranks].insert(root.empty() ? "0" : root);
  }
  return found;
}

TEST_F(SuiteFlags, AllRootsAreThoseOfEachNumberOfRanks) {
  const std::map<int, std::set<std::string>> wanted{{2, {"0", "1"}}, {4, {"0", "1", "2", "3"}}};
  const std::vector<PlannedCase> cases = plan("collectives", "--collective broadcast -r all", {2, 4});
  EXPECT_EQ(roots(cases), wanted);
  for (const PlannedCase& one : cases) EXPECT_EQ(one.skip, "") << name(one.what);
  EXPECT_EQ(roots(plan("collectives", "--collective gather -r all --split mod:2", {4})),
            (std::map<int, std::set<std::string>>{{4, {"0", "1"}}}));
}

TEST_F(SuiteFlags, ARootThatIsNotThereIsSkippedWithTheReason) {
  std::size_t skipped = 0;
  for (const PlannedCase& one : plan("collectives", "--collective broadcast -r 3", {2, 4})) {
    EXPECT_EQ(label(one.what, "root"), "3") << "never another root in its place";
    EXPECT_EQ(one.skip.find("root 3") != std::string::npos, one.what.ranks == 2) << one.skip;
    skipped += one.skip.empty() ? 0U : 1U;
  }
  EXPECT_GT(skipped, 0U);
}

TEST_F(SuiteFlags, ARootThatIsNowhereIsRefused) {
  EXPECT_NE(refused("collectives", "--collective broadcast -r 3 --split mod:2").find("root '3'"), std::string::npos);
  EXPECT_NE(refused("collectives", "--collective broadcast -r 4").find("root '4'"), std::string::npos);
  for (const char* root : {"-1", "x", "0x1", "01", "1e0", "+1"}) {
    EXPECT_NE(refused("collectives", std::string{"--collective broadcast --root="} + root), "") << root;
  }
}

TEST_F(SuiteFlags, WhatDoesNotReduceOrHasNoRootIsPlannedOnce) {
  EXPECT_EQ(plan("collectives", "--collective all_reduce -r all --mode latency").size(),
            plan("collectives", "--collective all_reduce --mode latency").size());
  EXPECT_TRUE(idle("--root", "collectives", "--collective all_reduce,all_gather -r 1"));
  EXPECT_FALSE(idle("--root", "collectives", "--collective all_reduce,broadcast -r 1"));
  EXPECT_TRUE(idle("--op", "collectives", "--collective all_gather -o max"));
  EXPECT_FALSE(idle("--op", "collectives", "--collective all -o max"));
}

TEST_F(SuiteFlags, AFaultStrikesNoOtherRank) {
  for (const PlannedCase& one : plan("collectives", "--fault 3", {2, 4})) {
    EXPECT_EQ(one.skip.empty(), one.what.ranks == 4) << one.skip;
  }
  EXPECT_TRUE(idle("--fault", "collectives", "--fault 4"));
  EXPECT_TRUE(idle("--fault", "collectives", "--fault 3 --split div:2"));
  EXPECT_NE(refused("collectives", "--fault=-1"), "");
}

TEST_F(SuiteFlags, PairsAreMessagesAmongAllRanks) {
  EXPECT_NE(refused("collectives", "--pairs --split mod:2"), "");
  EXPECT_NE(refused("collectives", "--pairs", {1, 2}).find("--pairs"), std::string::npos);
  for (const char* flag : {"--root", "--op", "--collective"}) {
    EXPECT_TRUE(idle(flag, "collectives", "--pairs")) << flag;
  }
  EXPECT_FALSE(idle("--factor", "collectives", "--pairs")) << "sizes are given";
  sizes = {};
  EXPECT_TRUE(idle("--factor", "collectives", "--pairs"));
}

std::vector<std::string> names(const std::vector<PlannedCase>& cases) {
  std::vector<std::string> all;
  for (const PlannedCase& one : cases) all.push_back(name(one.what));
  return all;
}

TEST_F(SuiteFlags, ABarrierMovesNothing) {
  sizes = {.smallest = Bytes{8}, .largest = kibibytes(1)};
  for (const PlannedCase& one : plan("collectives", "--collective barrier -d all -o all --buffers all --odd")) {
    EXPECT_EQ(name(one.what), "barrier/" + one.what.backend + "/latency/ranks:4");
    EXPECT_FALSE(one.what.size);
    EXPECT_EQ(one.what.dtype, "");
    EXPECT_EQ(one.work.bytes, Bytes{});
    EXPECT_FALSE(one.limit);
    EXPECT_EQ(one.skip, "");
  }
  EXPECT_EQ(plan("collectives", "--collective barrier -d all -o all --buffers all --odd").size(),
            backends_under_test(device_under_test()).size())
      << "one for each backend, whatever is said of data";
  for (const std::string_view flag : size_flags)
    EXPECT_TRUE(idle(std::string{flag}, "collectives", "--collective barrier"));
  for (const char* flag :
       {"--dtype", "--op", "--root", "--in-place", "--misalign", "--buffers", "--register", "--cache", "--odd"}) {
    EXPECT_TRUE(idle(flag, "collectives", "--collective barrier --mode latency,first_call")) << flag;
    EXPECT_FALSE(idle(flag, "collectives", "--collective barrier,reduce")) << flag;
  }
  EXPECT_FALSE(idle("--fault", "collectives", "--collective barrier --fault 0"));
  EXPECT_TRUE(idle("--fault", "collectives", "--collective barrier --fault 0", {1}));
}

TEST_F(SuiteFlags, ABarrierHasNoBandwidth) {
  for (const char* mode : {"bandwidth", "graph_bandwidth"}) {
    const std::vector<PlannedCase> cases = plan("collectives", std::string{"--collective barrier --mode "} + mode);
    ASSERT_FALSE(cases.empty());
    for (const PlannedCase& one : cases) EXPECT_NE(one.skip.find("moves no bytes"), std::string::npos) << one.skip;
  }
  for (const PlannedCase& one : plan("collectives", "--collective all")) {
    EXPECT_FALSE(one.what.operation == "barrier" && one.what.mode == "bandwidth") << "nobody asked for it";
  }
}

TEST_F(SuiteFlags, OddSizesStandBesideTheirNeighbours) {
  if (on_gpu()) GTEST_SKIP() << "names of the host's backends: skipped";
  sizes = {.list = {Bytes{0}, Bytes{64}, Bytes{72}, kibibytes(1)}};
  const auto planned = [&](const std::string& collective, const std::string& type) {
    std::vector<std::string> all =
        names(plan("collectives", "--collective " + collective + " -d " + type + " --mode latency --odd"));
    std::erase_if(all, [](const std::string& one) { return one.find("/mpi/") == std::string::npos; });
    for (std::string& one : all) {
      const std::size_t begin = one.find(type) + type.size() + 1;
      one = one.substr(begin, one.find('/', begin) - begin);
    }
    return all;
  };
  // 72 B of float are 4 parts of 16 B. 0 B have no neighbour.
  EXPECT_EQ(planned("all_gather", "float"),
            (std::vector<std::string>{"0B", "64B", "80B", "64B", "80B", "1KiB", "1040B"}));
  EXPECT_EQ(planned("all_reduce", "float"),
            (std::vector<std::string>{"0B", "64B", "68B", "72B", "80B", "1KiB", "1028B"}));
  EXPECT_EQ(planned("scatter", "uint8"),
            (std::vector<std::string>{"0B", "64B", "68B", "72B", "128B", "1KiB", "1028B"}));
  EXPECT_EQ(planned("reduce_scatter", "double"),
            (std::vector<std::string>{"0B", "64B", "96B", "64B", "96B", "1KiB", "1056B"}));
  sizes = {.list = {Bytes{0}}};
  EXPECT_TRUE(idle("--odd", "collectives", "--odd"));
}

TEST_F(SuiteFlags, NoBytesAreASize) {
  sizes = {.list = {Bytes{0}}};
  for (const char* suite : {"collectives", "transfers"}) {
    const std::vector<PlannedCase> cases =
        plan(suite, suite == std::string_view{"transfers"} ? "" : "--collective all");
    ASSERT_FALSE(cases.empty());
    for (const PlannedCase& one : cases) {
      if (one.what.operation == "barrier") continue;
      EXPECT_NE(name(one.what).find("/0B/"), std::string::npos) << name(one.what);
      EXPECT_EQ(one.work.bytes, Bytes{}) << name(one.what);
      EXPECT_EQ(one.work.elements, 0U) << name(one.what);
      EXPECT_EQ(one.skip, "") << name(one.what);
    }
  }
}

TEST_F(SuiteFlags, MakingACommunicatorSaysOfWhichRanks) {
  const std::vector<PlannedCase> cases = plan("collectives", "--mode creation --split mod:2");
  ASSERT_FALSE(cases.empty());
  for (const PlannedCase& one : cases) EXPECT_EQ(label(one.what, "split"), "mod:2");
  for (const char* flag :
       {"--collective", "--dtype", "--op", "--root", "--in-place", "--misalign", "--buffers", "--cache", "--fault",
        "--min-bytes", "--max-bytes", "--factor", "--step-bytes", "--sizes", "--odd", "--cudagraph"}) {
    EXPECT_TRUE(idle(flag, "collectives", "--mode creation")) << flag;
    if (std::string_view{flag} != "--root" && std::string_view{flag} != "--op") {
      EXPECT_FALSE(idle(flag, "collectives", "--mode creation,latency")) << flag;
    }
  }
  EXPECT_FALSE(idle("--split", "collectives", "--mode creation --split mod:2"));
}

TEST_F(SuiteFlags, WhatIsMeasuredColdIsNotTuned) {
  for (const char* mode : {"first_call", "creation"}) {
    for (const PlannedCase& one : plan("collectives", std::string{"--algo ring --mode "} + mode)) {
      EXPECT_NE(one.skip.find("--algo"), std::string::npos) << one.skip;
      EXPECT_EQ(label(one.what, "algo"), "ring") << "not the name of the case that is not tuned";
    }
  }
}

TEST_F(SuiteFlags, TwoThatSayTheSameAreRefused) {
  EXPECT_NE(refused("collectives", "-R 2 --buffers plain"), "");
  EXPECT_NE(refused("collectives", "-R 0 --buffers symmetric"), "");
  EXPECT_NE(refused("collectives", "-R 3"), "");
  EXPECT_NE(refused("collectives", "-G 2"), "");
  EXPECT_NE(refused("collectives", "--misalign=-1"), "");
  EXPECT_NE(refused("collectives", "--misalign 4611686018427387904"), "") << "its bytes would wrap";
  EXPECT_NE(refused("kernels", "--kernel linear_forward --kernel-shape 8x8x8 --kernel-random 2"), "");
}

TEST_F(SuiteFlags, OtherSuitesHeedNoRanksNorBackends) {
  for (const char* suite : {"transfers", "kernels"}) {
    for (const char* flag : {"--ranks", "--backend"}) EXPECT_TRUE(idle(flag, suite, "")) << suite << flag;
  }
  for (const char* suite : {"training", "kernels"}) {
    for (const std::string_view flag : size_flags) EXPECT_TRUE(idle(std::string{flag}, suite, "")) << suite << flag;
  }
  EXPECT_FALSE(idle("--ranks", "training", ""));
  EXPECT_FALSE(idle("--min-bytes", "transfers", ""));
  EXPECT_EQ(idle("--memory", "transfers", "--memory pinned"), !on_gpu());
}

TEST_F(SuiteFlags, AKernelOrATypeThatIsNamedIsNotPassedOver) {
  EXPECT_NE(refused("kernels", "--kernel copy,adamw --kernel-type bfloat16").find("adamw"), std::string::npos);
  EXPECT_NE(refused("kernels", "--kernel adamw --kernel-type float,bfloat16").find("bfloat16"), std::string::npos);
  EXPECT_NE(refused("kernels", "--kernel copy --kernel-compute hand,library").find("library"), std::string::npos);
  EXPECT_NE(refused("kernels", "--kernel linear_forward,copy --kernel-random 2").find("copy"), std::string::npos);
  EXPECT_EQ(refused("kernels", "--kernel copy,linear_forward --kernel-compute hand,library"), "");
  EXPECT_NE(refused("kernels", "--kernel linear_forward --kernel-shape 68719476736x68719476736x68719476736"), "");
}

TEST_F(SuiteFlags, TrainingDoesWhatItSaysOrNothing) {
  EXPECT_TRUE(idle("--bucket-cap", "training", "--sync data_parallel --bucket-cap 1MiB"));
  EXPECT_FALSE(idle("--bucket-cap", "training", "--bucket-cap 1MiB"));
  EXPECT_NE(refused("training", "--model mlp="), "");
  EXPECT_EQ(refused("training", "--type tf32").find("tf32") != std::string::npos, !on_gpu());
  quick = true;
  for (const PlannedCase& one : plan("training", "--scaling strong --batch 16")) {
    EXPECT_EQ(label(one.what, "scaling"), "strong") << "flags count in the tour, too";
  }
}

TEST_F(SuiteFlags, AFactorCountsInTheTourToo) {
  quick = true;
  sizes = {.smallest = {}, .largest = {}, .factor = 1024};
  std::set<Bytes> found;
  for (const PlannedCase& one : plan("transfers", "")) found.insert(one.what.size.value());
  EXPECT_TRUE(found.contains(mebibytes(4)));
  EXPECT_FALSE(found.contains(kibibytes(256))) << "which 64 would have given";
}

// Listed for ranks that are not there, whose pairs, roots and numbers nobody could measure.
TEST_F(SuiteFlags, PlanNoMoreCasesThanALaunchCouldMeasure) {
  EXPECT_EQ(refused("collectives", "--pairs --mode latency", {100}), "");
  for (const auto& [suite, arguments, ranks] :
       {std::tuple{"collectives", "--pairs --mode latency", std::vector{1000}},
        std::tuple{"collectives", "--collective broadcast --root all --mode latency", std::vector{200'000}},
        std::tuple{"collectives", "--mode latency", std::vector<int>(most_cases + 1, 2)},
        std::tuple{"training", "--sync bucketed --scaling weak --model mlp=1-1",
                   std::vector<int>(most_cases + 1, 2)}}) {
    EXPECT_NE(refused(suite, arguments, ranks).find("more than 100000 cases"), std::string::npos) << arguments;
  }
}

}  // namespace
}  // namespace lanemark
