// SPDX-License-Identifier: MIT

// The collectives' suite from its command line to its measurements, on the device under test.

#include "collectives/collectives.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <thread>

#include "bench/engine/runner.hpp"
#include "bench/engine/suite.hpp"
#include "tests/device_under_test.hpp"

namespace lanemark {
namespace {

class CollectivesSuiteTest : public ::testing::Test {
 protected:
  /// What `lanemark run collectives ARGUMENTS` plans, over every backend.
  std::vector<PlannedCase> plan(const std::string& arguments) {
    suites_.push_back(Registry<SuiteEntry>::get("suite", "collectives").make());
    CLI::App app;
    suites_.back()->add_options(app);
    app.parse(arguments);
    return suites_.back()->plan(context());
  }

  std::vector<Measurement> run(const std::string& arguments, RunnerOptions options = quickly()) {
    return run(plan(arguments), options);
  }
  std::vector<Measurement> run(const std::vector<PlannedCase>& cases, RunnerOptions options = quickly()) {
    Watchdog watchdog{Seconds{120}};
    Runner runner{world, options, watchdog, [](const Measurement&) {}};
    return runner.run(cases);
  }

  static RunnerOptions quickly() {
    return {.timing = {.min_time = Seconds{1e-4}, .min_samples = 3, .warm_up_operations = 2},
            .progress = ProgressMode::off};
  }

  const SuiteContext& context() {
    if (context_) return *context_;
    DeviceProperties device = properties(world.device());
    device.last_level_cache = Bytes{4096};  // a few slots, so that they are used again
    context_.reset(new SuiteContext{.world = world,
                                    .communicators = communicators,
                                    .device = device,
                                    .ranks = {},
                                    .backends = {},
                                    .sizes = sizes,
                                    .memory_limit = {}});
    for (const std::string& name : backends_under_test(world.device())) {
      context_->backends.push_back(&resolve_backend(name, world));
    }
    return *context_;
  }

  [[nodiscard]] bool on_gpu() const { return world.device().kind == DeviceKind::cuda; }

  World world{MPI_COMM_WORLD, device_under_test()};
  Communicators communicators;
  SizeRange sizes{.smallest = Bytes{64}, .largest = Bytes{3000}, .factor = 40};

 private:
  std::unique_ptr<SuiteContext> context_;
  std::vector<std::unique_ptr<Suite>> suites_;
};

void expect_all(const std::vector<Measurement>& measurements, Verdict::Kind kind) {
  EXPECT_FALSE(measurements.empty());
  for (const Measurement& m : measurements) {
    EXPECT_EQ(m.skipped, "") << name(m.what);
    EXPECT_EQ(m.verdict.kind, kind) << name(m.what) << ": " << m.verdict.detail;
  }
}

/// Without what is known not to be there.
std::vector<Measurement> not_skipped(std::vector<Measurement> all) {
  std::erase_if(all, [](const Measurement& m) { return !m.skipped.empty(); });
  return all;
}

/// Without those, which have no bandwidth: that they were skipped is checked here.
std::vector<Measurement> but_for_barriers(std::vector<Measurement> all) {
  for (const Measurement& m : all) {
    if (m.what.operation != "barrier") continue;
    EXPECT_NE(m.skipped.find("no bandwidth"), std::string::npos) << name(m.what);
  }
  std::erase_if(all, [](const Measurement& m) { return m.what.operation == "barrier"; });
  return all;
}

TEST_F(CollectivesSuiteTest, everyOperationBackendAndTypeIsRight) {
  expect_all(run("--collective all -d all --mode latency"), Verdict::Kind::correct);
}

TEST_F(CollectivesSuiteTest, aSpoiltElementIsCaughtInEveryOperationBackendAndType) {
  sizes = {.smallest = Bytes{2000}, .largest = Bytes{2000}, .factor = 2};
  for (const int rank : std::set{0, world.size() - 1}) {
    const auto measurements =
        but_for_barriers(run(fmt::format("--collective all -d all --mode bandwidth --fault {}", rank)));
    expect_all(measurements, Verdict::Kind::wrong);
    for (const Measurement& m : measurements) {
      EXPECT_NE(m.verdict.detail.find(": 1 wrong elements, the first at index"), std::string::npos) << m.verdict.detail;
      EXPECT_NE(m.verdict.detail.find("rank "), std::string::npos);
    }
  }
}

TEST_F(CollectivesSuiteTest, aSpoiltElementIsCaughtUnderEveryReduction) {
  expect_all(run("--collective all_reduce,reduce,reduce_scatter -d int8,half,double -o all --mode latency --fault 0"),
             Verdict::Kind::wrong);
}

TEST_F(CollectivesSuiteTest, worksInPlaceAgainAndAgainWhateverTheReduction) {
  RunnerOptions long_enough = quickly();
  long_enough.timing.min_samples = 40;  // several times round all slots
  const auto measurements = run("--collective all -o all -d half --in-place", long_enough);
  expect_all(not_skipped(measurements), Verdict::Kind::correct);
  std::set<std::string> skipped;
  for (const Measurement& m : measurements) {
    if (!m.skipped.empty()) skipped.insert(m.what.operation);
  }
  EXPECT_EQ(skipped, (std::set<std::string>{"all_to_all", "all_to_all_v", "send_recv", "send_recv_pairs"}));
  expect_all(not_skipped(run("--collective all --in-place --fault 0 --mode latency")), Verdict::Kind::wrong);
}

TEST_F(CollectivesSuiteTest, movesNothingWhereThatIsAsked) {
  sizes = {.list = {Bytes{0}, Bytes{64}}};
  for (const char* how : {"", "-d double --cache warm", "--in-place -o max", "--misalign 3", "--mode graph_latency",
                          "--mode first_call", "--split div:1"}) {
    const auto measurements = not_skipped(run(std::string{"--collective all "} + how));
    expect_all(measurements, Verdict::Kind::correct);
    std::set<std::string> empty;
    for (const Measurement& m : measurements) {
      if (m.what.size != Bytes{0}) continue;
      empty.insert(m.what.operation);
      EXPECT_EQ(m.work.bytes, Bytes{}) << name(m.what);
      EXPECT_FALSE(share_of_limit(m)) << name(m.what);
      EXPECT_FALSE(m.route) << name(m.what) << ": nothing was done";
    }
    EXPECT_GE(empty.size(), Registry<Collective>::all().size() / 2) << how;
  }
}

TEST_F(CollectivesSuiteTest, whatIsWrittenWhereNothingWasSentIsCaught) {
  sizes = {.list = {Bytes{0}}};
  for (const char* how : {"", "--in-place"}) {
    for (const int rank : std::set{0, world.size() - 1}) {
      const auto measurements = but_for_barriers(
          run(fmt::format("--collective all_reduce,all_gather,broadcast,reduce {} --fault {}", how, rank)));
      expect_all(measurements, Verdict::Kind::wrong);
      for (const Measurement& m : measurements) {
        EXPECT_NE(m.verdict.detail.find("1 bytes were written, the first at 0"), std::string::npos) << m.verdict.detail;
      }
    }
  }
}

TEST_F(CollectivesSuiteTest, aBarrierWaitsForEveryone) {
  expect_all(run("--collective barrier --mode latency,first_call,graph_latency"), Verdict::Kind::correct);
  const auto spoilt = run("--collective barrier --mode latency,first_call --fault 0");
  if (world.size() == 1) return;
  expect_all(spoilt, Verdict::Kind::wrong);
  for (const Measurement& m : spoilt) {
    EXPECT_NE(m.verdict.detail.find("rank 0 left before rank"), std::string::npos) << m.verdict.detail;
  }
}

TEST_F(CollectivesSuiteTest, barriersOfGroupsWaitForTheirGroup) {
  const int groups = world.size() % 2 == 0 ? 2 : 1;
  const auto measurements = run(fmt::format("--collective barrier --split mod:{},div:1", groups));
  expect_all(measurements, Verdict::Kind::correct);
  for (const Measurement& m : measurements) EXPECT_FALSE(m.groups.empty()) << name(m.what);
}

TEST_F(CollectivesSuiteTest, oddSizesAreRightToo) {
  sizes = {.list = {Bytes{8}, Bytes{1600}}};
  expect_all(run("--collective all -d half,double --odd"), Verdict::Kind::correct);
}

TEST_F(CollectivesSuiteTest, worksOnMisalignedBuffersAndOddSizes) {
  sizes = {.smallest = Bytes{61}, .largest = Bytes{61}, .factor = 2};
  expect_all(run("--collective all -d int8,half,float --misalign 1 --mode latency"), Verdict::Kind::correct);
  expect_all(not_skipped(run("--collective all -d half --misalign 3 --in-place --mode bandwidth")),
             Verdict::Kind::correct);
}

TEST_F(CollectivesSuiteTest, replaysFromAGraph) {
  expect_all(run("--collective all -G 1"), Verdict::Kind::correct);
  expect_all(but_for_barriers(run("--collective all --mode graph_bandwidth --fault 0")), Verdict::Kind::wrong);
  expect_all(not_skipped(run("--collective all --in-place -G 1")), Verdict::Kind::correct);
}

TEST_F(CollectivesSuiteTest, measuresFirstCallsAndConnecting) {
  expect_all(run("--mode first_call,creation"), Verdict::Kind::correct);
  const auto planned = plan("--mode creation");
  EXPECT_EQ(name(planned.front().what),
            fmt::format("communicator/{}/creation/ranks:{}", context().backends.front()->name, world.size()));
}

TEST_F(CollectivesSuiteTest, takesAnyRoot) {
  const auto planned = plan("--collective broadcast,gather -r all --mode latency");
  std::set<std::string> names;
  for (const PlannedCase& one : planned) names.insert(name(one.what));
  EXPECT_EQ(names.size(), planned.size());
  expect_all(run(planned), Verdict::Kind::correct);
  EXPECT_THROW(plan("--collective broadcast -r 9"), UsageError);
  EXPECT_THROW(plan("--collective broadcast -r first"), UsageError);
}

TEST_F(CollectivesSuiteTest, splitsIntoGroupsAtOnce) {
  const int groups = world.size() % 2 == 0 ? 2 : 1;
  const auto measurements =
      run(fmt::format("--collective all_reduce,all_to_all --mode latency --split mod:{},div:{},node", groups, 1));
  expect_all(measurements, Verdict::Kind::correct);
  for (const Measurement& m : measurements) {
    std::vector<int> ranks;
    for (const GroupTime& group : m.groups) {
      ranks.insert(ranks.end(), group.ranks.begin(), group.ranks.end());
      EXPECT_GT(group.median.count(), 0);
    }
    std::ranges::sort(ranks);
    std::vector<int> all(static_cast<std::size_t>(world.size()));
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(ranks, all) << name(m.what);
  }
  if (world.size() == 3) {
    EXPECT_THROW(plan("--split mod:2"), UsageError);
  }
}

TEST_F(CollectivesSuiteTest, measuresEveryPair) {
  if (world.size() == 1) {
    EXPECT_THROW(plan("--pairs"), UsageError) << "there is none";
    return;
  }
  const auto planned = plan("--pairs");
  const auto size = static_cast<std::size_t>(world.size());
  const std::size_t pairs = size * (size - 1);
  EXPECT_EQ(planned.size(), pairs * 2 * 2 * context().backends.size()) << "two sizes, two modes";
  expect_all(run(planned), Verdict::Kind::correct);
}

TEST_F(CollectivesSuiteTest, whatOnlyNcclHasIsSkippedElsewhereWithItsReason) {
  const auto measurements = run("--mode latency --algo ring --buffers plain,symmetric");
  for (const Measurement& m : measurements) {
    if (m.what.backend == "nccl") {
      EXPECT_EQ(m.skipped, "") << name(m.what);
      EXPECT_EQ(m.verdict.kind, Verdict::Kind::correct) << name(m.what);
    } else {
      EXPECT_NE(m.skipped, "") << name(m.what);
    }
  }
  EXPECT_THROW(plan("--algo triangle"), UsageError);
  EXPECT_THROW(plan("--proto LL64"), UsageError);
  EXPECT_THROW(plan("--buffers magic"), UsageError);
}

TEST_F(CollectivesSuiteTest, sizesBelowAPartAreRoundedUpToOne) {
  sizes = {.smallest = Bytes{4}, .largest = Bytes{4}, .factor = 2};
  const auto planned = plan("--collective all_gather --mode latency");
  EXPECT_EQ(planned.front().what.size.value(), Bytes{4} * static_cast<std::uint64_t>(world.size()));
  EXPECT_THROW(plan("-d double"), UsageError);
}

TEST_F(CollectivesSuiteTest, samplesUntilTheMedianIsKnown) {
  RunnerOptions options = quickly();
  options.timing.precision = 0.9;
  options.timing.max_time = Seconds{20};
  for (const Measurement& m : run("--mode latency,bandwidth", options)) {
    EXPECT_EQ(m.stop, Stop::precision) << name(m.what);
    EXPECT_LE(relative_precision(m.samples).value(), 0.9);
    EXPECT_EQ(m.verdict.kind, Verdict::Kind::correct);
  }
  options.timing.precision = 1e-9;
  options.timing.max_time = Seconds{0.02};
  for (const Measurement& m : run("--mode latency", options)) {
    // A clock's ticks may make all samples in the middle equal.
    EXPECT_TRUE(m.stop == Stop::time || relative_precision(m.samples) == 0.0) << name(m.what);
    EXPECT_EQ(m.verdict.kind, Verdict::Kind::correct);
  }
}

TEST_F(CollectivesSuiteTest, aSpentBudgetLeavesTheRestOutByName) {
  RunnerOptions options = quickly();
  options.budget = Seconds{1e-9};
  const auto measurements = run("--mode latency,bandwidth", options);
  EXPECT_EQ(measurements.size(), 4U * context().backends.size());
  for (const Measurement& m : measurements) EXPECT_NE(m.skipped.find("left out"), std::string::npos) << m.skipped;
}

/// A rank slowed at random must change neither the counts nor the ranks' agreement on when to stop.
TEST_F(CollectivesSuiteTest, countsAgreeUnderJitter) {
  class Jittery final : public Trial {
   public:
    explicit Jittery(const World& world) : world_{world}, stream_{world.device()}, random_{std::random_device{}()} {}
    StreamRef stream() override { return stream_; }
    void enqueue() override {
      ++operations;
      const auto pause = std::chrono::microseconds{random_() % 8 == 0 ? random_() % 2000 : 0};
      if (world_.rank() == world_.size() - 1) std::this_thread::sleep_for(pause);
      stream_.ref().run([pause] { std::this_thread::sleep_for(pause); });
    }
    Verdict verify() override {
      const std::vector<std::uint64_t> all = world_.gather_all(operations);
      const bool same = std::ranges::all_of(all, [&](std::uint64_t one) { return one == operations; });
      return {.kind = same ? Verdict::Kind::correct : Verdict::Kind::wrong, .detail = "counts differ"};
    }
    std::uint64_t operations = 0;

   private:
    const World& world_;
    Stream stream_;
    std::mt19937 random_;
  };
  std::vector<PlannedCase> cases;
  for (const Pace pace : {Pace::isolated, Pace::back_to_back, Pace::continuous, Pace::blocking}) {
    PlannedCase& one = cases.emplace_back();
    one.what = {.suite = "test", .operation = "jitter", .ranks = world.size()};
    one.pace = pace;
    one.prepare = [](const World& group) { return std::make_unique<Jittery>(group); };
  }
  RunnerOptions options{.timing = {.min_time = Seconds{5e-3}, .max_warm_up = Seconds{0.05}},
                        .progress = ProgressMode::off};
  expect_all(run(cases, options), Verdict::Kind::correct);
  options.timing.precision = 0.05;
  options.timing.max_time = Seconds{0.2};
  expect_all(run(cases, options), Verdict::Kind::correct);
}

TEST_F(CollectivesSuiteTest, ncclDoesAsItIsTold) {
  if (!on_gpu() || world.size() == 1) GTEST_SKIP() << "no GPU for each rank, or one alone: skipped";
  for (const Measurement& m : not_skipped(run("--algo ring,tree --proto LL,LL128,simple --mode bandwidth"))) {
    std::string told = m.route->algorithm + ' ' + m.route->protocol;
    std::ranges::transform(told, told.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    EXPECT_EQ(told, label(m.what, "algo") + ' ' + label(m.what, "proto"));
  }
  for (const Measurement& m : not_skipped(run("--collective broadcast,send_recv --algo tree,nvls --mode latency"))) {
    ADD_FAILURE() << name(m.what) << " has no such algorithm, and was measured";
  }
}

TEST_F(CollectivesSuiteTest, ncclTakesRegisteredAndSymmetricBuffers) {
  if (!on_gpu()) GTEST_SKIP() << "no GPU for each rank: skipped";
  const auto measurements = not_skipped(run("--collective all --buffers registered,symmetric --mode latency"));
  // nccl and composed; a barrier has neither sizes nor buffers, and mpi_staged has it too.
  EXPECT_EQ(measurements.size(), 8U * (Registry<Collective>::all().size() - 1) + 3U);
  expect_all(measurements, Verdict::Kind::correct);
}

TEST_F(CollectivesSuiteTest, ncclSaysWhatItDid) {
  if (!on_gpu()) GTEST_SKIP() << "no GPU for each rank: skipped";
  for (const Measurement& m : run("--collective all_reduce,send_recv --mode bandwidth")) {
    const bool tells = m.what.backend != "mpi_staged" && world.size() > 1;
    ASSERT_EQ(m.route.has_value(), tells) << name(m.what);
    if (!tells) continue;
    const bool messages = m.what.operation == "send_recv" || m.what.backend == "composed";
    EXPECT_EQ(m.route->algorithm == "P2P", messages) << m.route->algorithm;
    EXPECT_EQ(m.route->channels > 0, !messages) << name(m.what);
  }
}

}  // namespace
}  // namespace lanemark
