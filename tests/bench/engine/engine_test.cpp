// SPDX-License-Identifier: MIT

// Planning and timing on the host device.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <memory>
#include <numeric>
#include <set>
#include <thread>

#include "bench/engine/rotation.hpp"
#include "bench/engine/runner.hpp"
#include "bench/engine/slowed_trial.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

TEST(Rotation, goesBeyondTheCache) {
  for (const std::uint64_t size : {1U, 8U, 256U, 257U, 1U << 20U, 1U << 28U}) {
    const Rotation rotation = rotate_beyond(mebibytes(50), Bytes{size}, Bytes{2 * size});
    EXPECT_GE(rotation.stride.value, size);
    EXPECT_EQ(rotation.stride.value % 256, 0U);
    EXPECT_GE(2 * rotation.total().value, mebibytes(50).value);
  }
}

TEST(Rotation, samplesOnlyUsedSlotsEndsIncluded) {
  const Rotation rotation{.slots = 1000, .stride = Bytes{256}};
  const std::vector<std::uint64_t> chosen = rotation.sample(700, 10);
  EXPECT_EQ(chosen.size(), 10U);
  EXPECT_EQ(chosen.front(), 0U);
  EXPECT_EQ(chosen.back(), 699U);
  EXPECT_EQ(rotation.sample(3, 10), (std::vector<std::uint64_t>{0, 1, 2}));
  EXPECT_TRUE(rotation.sample(0, 10).empty());
}

TEST(Calibration, keepsToItsBounds) {
  const TimingOptions options{.min_time = Seconds{0.2}, .min_samples = 20, .max_samples = 5000, .max_warm_up = {}};
  EXPECT_EQ(calibrate({.pace = Pace::isolated}, Seconds{1e-9}, options, 0).samples, 5000U);
  EXPECT_EQ(calibrate({.pace = Pace::isolated}, Seconds{1e-3}, options, 0).samples, 200U);
  EXPECT_EQ(calibrate({.pace = Pace::isolated}, Seconds{20e-3}, options, 0).samples, 20U);
  EXPECT_EQ(calibrate({.pace = Pace::isolated}, Seconds{10}, options, 0).samples, 5U);
  const Counts many = calibrate({.pace = Pace::back_to_back}, Seconds{10e-6}, options, 0);
  EXPECT_EQ(many.operations, 1000U);
  EXPECT_EQ(many.samples, 20U);
}

/// Sleeps longer on the later rank; counts what it is asked to do.
class SleepingTrial final : public Trial {
 public:
  explicit SleepingTrial(const World& world, std::chrono::microseconds longer = std::chrono::microseconds{800})
      : world_{world}, longer_{longer}, stream_{world.device()} {}
  StreamRef stream() override { return stream_; }
  void enqueue() override {
    ++operations;
    stream_.ref().run(
        [time = std::chrono::microseconds{200} + longer_ * world_.rank()] { std::this_thread::sleep_for(time); });
  }
  Verdict verify() override { return {.kind = Verdict::Kind::correct}; }
  std::uint64_t operations = 0;

 private:
  const World& world_;
  std::chrono::microseconds longer_;
  Stream stream_;
};

TEST(Stopwatch, reportsTheSlowestRank) {
  const World world{MPI_COMM_WORLD, {}};
  const Stopwatch stopwatch{world};
  // Longer than a rank waits for a processor that others use.
  constexpr std::chrono::milliseconds longer{20};
  SleepingTrial trial{world, longer};
  for (const Pace pace : {Pace::isolated, Pace::back_to_back, Pace::continuous}) {
    const Samples samples = stopwatch.time(trial, {.pace = pace}, {.samples = 5, .operations = 3});
    ASSERT_EQ(samples.times.size(), 5U);
    ASSERT_EQ(samples.slowest_rank.size(), 5U);
    for (const Seconds time : samples.times) EXPECT_GE(time, Seconds{200e-6} + Seconds{longer} * (world.size() - 1));
    const auto last = std::ranges::count(samples.slowest_rank, world.size() - 1);
    EXPECT_GE(last, 3);
  }
}

TEST(Stopwatch, countsAgreeUnderJitter) {
  const World world{MPI_COMM_WORLD, {}};
  const Stopwatch stopwatch{world};
  SleepingTrial trial{world};
  const WarmUp warm = warm_up(stopwatch, trial, {.pace = Pace::isolated}, {});
  const Counts counts = calibrate({.pace = Pace::isolated}, warm.operation_time, {}, 0);
  for (const std::uint64_t other : world.gather_all(counts.samples)) EXPECT_EQ(other, counts.samples);
  for (const std::uint64_t other : world.gather_all(trial.operations)) EXPECT_EQ(other, trial.operations);
}

/// Does nothing, in next to no time.
class EmptyTrial final : public Trial {
 public:
  explicit EmptyTrial(const World& world) : stream_{world.device()} {}
  StreamRef stream() override { return stream_; }
  void enqueue() override {
    ++operations;
    stream_.ref().run([] {});
  }
  Verdict verify() override { return {.kind = Verdict::Kind::correct}; }
  std::uint64_t operations = 0;

 private:
  Stream stream_;
};

// Nobody waits until operations of 20 ns add up to a second, for each few of which the ranks line up.
TEST(WarmUps, OfNextToNothingEnd) {
  const World world{MPI_COMM_WORLD, {}};
  const Stopwatch stopwatch{world};
  constexpr std::uint64_t most = 204'800;  // at a millisecond a batch, or 20 briefer ones, with room for the first
  for (const Pace pace : {Pace::isolated, Pace::back_to_back}) {
    EmptyTrial trial{world};
    warm_up(stopwatch, trial, {.pace = pace}, {.max_warm_up = Seconds{0.05}});
    EXPECT_LT(trial.operations, most);
    for (const std::uint64_t other : world.gather_all(trial.operations)) EXPECT_EQ(other, trial.operations);
  }
}

TEST(SlowedTrial, waitsAShareOfEachOperation) {
  const World world{MPI_COMM_WORLD, {}};
  const Stopwatch stopwatch{world};
  constexpr double share = 0.5;
  const auto sleeping = [&](const World& participants) { return std::make_unique<SleepingTrial>(participants); };
  const PlannedCase planned = slowed({.what = {}, .prepare = sleeping}, share);
  const std::unique_ptr<Trial> trial = planned.prepare(world);
  const Seconds least{(200e-6 + 800e-6 * (world.size() - 1)) * (1 + share)};
  for (const Schedule schedule :
       {Schedule{.pace = Pace::isolated}, Schedule{.pace = Pace::back_to_back}, Schedule{.pace = Pace::continuous},
        Schedule{.pace = Pace::blocking}, Schedule{.pace = Pace::back_to_back, .replayed = true}}) {
    for (const Seconds time : stopwatch.time(*trial, schedule, {.samples = 5, .operations = 3}).times) {
      EXPECT_GE(time, least);
    }
  }
  EXPECT_EQ(trial->verify().kind, Verdict::Kind::correct);
}

class WrongTrial final : public Trial {
 public:
  WrongTrial(const World& world, bool wrong) : wrong_{wrong}, stream_{world.device()} {}
  StreamRef stream() override { return stream_; }
  void enqueue() override {}
  Verdict verify() override {
    return {.kind = wrong_ ? Verdict::Kind::wrong : Verdict::Kind::correct, .detail = "planted"};
  }

 private:
  bool wrong_;
  Stream stream_;
};

class RunnerTest : public ::testing::Test {
 protected:
  std::vector<Measurement> run(const std::vector<PlannedCase>& cases) {
    Watchdog watchdog{Seconds{60}};
    Runner runner{world, options, watchdog, [this](const Measurement& m) { delivered.push_back(m); }};
    return runner.run(cases);
  }
  PlannedCase planned(std::function<std::unique_ptr<Trial>(const World&)> prepare) const {
    return {.what = {.suite = "test", .operation = "nothing", .ranks = world.size()}, .prepare = std::move(prepare)};
  }

  World world{MPI_COMM_WORLD, {}};
  RunnerOptions options{.timing = {.min_time = Seconds{1e-3}}, .progress = ProgressMode::off};
  std::vector<Measurement> delivered;
};

TEST_F(RunnerTest, oneRanksWrongDataIsEveryonesVerdict) {
  const auto measured_cases = run({planned([](const World& participants) {
    return std::make_unique<WrongTrial>(participants, participants.rank() == participants.size() - 1);
  })});
  ASSERT_EQ(measured_cases.size(), 1U);
  EXPECT_EQ(measured_cases[0].verdict.kind, Verdict::Kind::wrong);
  EXPECT_NE(measured_cases[0].verdict.detail.find("planted"), std::string::npos);
}

TEST_F(RunnerTest, oneRanksLackOfMemorySkipsTheCaseOnAll) {
  const auto measured_cases =
      run({planned([](const World& participants) -> std::unique_ptr<Trial> {
             if (participants.rank() == 0) throw OutOfMemory("no memory, as planted");
             return std::make_unique<WrongTrial>(participants, false);
           }),
           planned([](const World& participants) { return std::make_unique<WrongTrial>(participants, false); })});
  ASSERT_EQ(measured_cases.size(), 2U);
  EXPECT_NE(measured_cases[0].skipped.find("planted"), std::string::npos);
  EXPECT_TRUE(measured(measured_cases[1]));
  EXPECT_EQ(delivered.size(), world.is_root() ? 2U : 0U);
}

TEST_F(RunnerTest, whatCannotFitIsSkippedBeforeItIsTried) {
  PlannedCase huge = planned([](const World&) -> std::unique_ptr<Trial> { throw Error("must not be tried"); });
  huge.memory = Bytes{std::uint64_t{1} << 60U};
  const auto measured_cases = run({huge});
  ASSERT_EQ(measured_cases.size(), 1U);
  EXPECT_NE(measured_cases[0].skipped.find("not enough memory"), std::string::npos);
}

/// Writes down what it is asked to do, and takes its time over it.
class LoggingTrial final : public Trial {
 public:
  LoggingTrial(const World& world, char name, std::string& log, std::chrono::microseconds time)
      : name_{name}, log_{log}, time_{time}, stream_{world.device()} {}
  StreamRef stream() override { return stream_; }
  void enqueue() override {
    log_ += name_;
    stream_.ref().run([time = time_] { std::this_thread::sleep_for(time); });
  }
  void reset() override { log_ += '|'; }
  Verdict verify() override {
    log_ += static_cast<char>(std::toupper(name_));
    return {.kind = Verdict::Kind::correct};
  }

 private:
  char name_;
  std::string& log_;
  std::chrono::microseconds time_;
  Stream stream_;
};

class CompanionsTest : public RunnerTest {
 protected:
  PlannedCase companion(char name, std::chrono::microseconds time = std::chrono::microseconds{100}) {
    PlannedCase one = planned([this, name, time](const World& participants) {
      return std::make_unique<LoggingTrial>(participants, name, log, time);
    });
    one.what.operation = std::string{name};
    one.companions = "these";
    return one;
  }
  /// What was timed, without what came before: letters in a row are one.
  [[nodiscard]] std::string turns() const {
    std::string timed = log.substr(log.rfind('|') + 1);
    timed.erase(std::ranges::unique(timed).begin(), timed.end());
    return timed;
  }

  std::string log;
};

TEST_F(CompanionsTest, areSampledInTurnAndVerifiedAfterwards) {
  const auto both = run({companion('a'), companion('b')});
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(turns(), "abababababaAB") << log;  // a b, b a, a b …
}

TEST_F(CompanionsTest, keepTheirOwnSamples) {
  const auto both = run({companion('a', std::chrono::microseconds{100}), companion('b', std::chrono::milliseconds{2})});
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0].what.operation, "a");
  EXPECT_EQ(both[1].what.operation, "b");
  for (const Measurement& m : both) {
    EXPECT_GE(m.samples.size(), 5U);
    EXPECT_EQ(m.slowest_rank.size(), m.samples.size());
  }
  EXPECT_LT(median(both[0]), Seconds{1e-3});
  EXPECT_GE(fastest(both[1]), Seconds{2e-3});
}

TEST_F(CompanionsTest, oneThatCannotBeMeasuredKeepsTheOther) {
  for (const bool first : {true, false}) {
    std::vector<PlannedCase> cases{companion('a'), companion('b')};
    PlannedCase& unable = cases[first ? 0 : 1];
    unable.skip = "as planned";
    auto measured_cases = run(cases);
    ASSERT_EQ(measured_cases.size(), 2U);
    EXPECT_EQ(measured_cases[first ? 0 : 1].skipped, "as planned");
    EXPECT_TRUE(measured(measured_cases[first ? 1 : 0]));
    unable.skip.clear();
    unable.memory = Bytes{std::uint64_t{1} << 60U};
    measured_cases = run(cases);
    EXPECT_NE(measured_cases[first ? 0 : 1].skipped.find("not enough memory"), std::string::npos);
    EXPECT_TRUE(measured(measured_cases[first ? 1 : 0]));
  }
}

TEST_F(CompanionsTest, thatFitOnlyOneAtATimeAreMeasuredOneAfterTheOther) {
  const Bytes free = platform(DeviceKind::host).free_memory(0, static_cast<std::uint64_t>(world.local_size()));
  PlannedCase a = companion('a');
  PlannedCase b = companion('b');
  a.memory = b.memory = Bytes{free.value / 4 * 3};
  const auto both = run({a, b});
  ASSERT_EQ(both.size(), 2U);
  for (const Measurement& m : both) EXPECT_TRUE(measured(m)) << m.skipped;
  EXPECT_EQ(turns(), "bB") << log;
}

TEST_F(CompanionsTest, thatRunOutOfMemoryTogetherAreMeasuredOneAfterTheOther) {
  int alive = 0;
  class Hungry final : public Trial {
   public:
    Hungry(const World& world, int& alive) : alive_{alive}, stream_{world.device()} {
      if (alive_ > 0 && world.is_root()) throw OutOfMemory("no room for two, as planted");
      ++alive_;
    }
    Hungry(const Hungry&) = delete;
    Hungry& operator=(const Hungry&) = delete;
    Hungry(Hungry&&) = delete;
    Hungry& operator=(Hungry&&) = delete;
    ~Hungry() override { --alive_; }
    StreamRef stream() override { return stream_; }
    void enqueue() override {
      stream_.ref().run([] { std::this_thread::sleep_for(std::chrono::microseconds{100}); });
    }
    Verdict verify() override { return {.kind = Verdict::Kind::correct}; }

   private:
    int& alive_;
    Stream stream_;
  };
  PlannedCase one = planned([&](const World& participants) { return std::make_unique<Hungry>(participants, alive); });
  one.companions = "these";
  const auto both = run({one, one});
  ASSERT_EQ(both.size(), 2U);
  for (const Measurement& m : both) EXPECT_TRUE(measured(m)) << m.skipped;
}

TEST_F(CompanionsTest, othersAreLeftAlone) {
  PlannedCase stranger = companion('c');
  stranger.companions = "others";
  EXPECT_EQ(run({companion('a'), stranger}).size(), 2U);
  EXPECT_EQ(turns(), "cC") << log;
}

TEST_F(CompanionsTest, areSampledUntilBothAreKnownWell) {
  options.timing.precision = 0.5;
  options.timing.max_time = Seconds{5};
  const auto both = run({companion('a'), companion('b')});
  ASSERT_EQ(both.size(), 2U);
  for (const Measurement& m : both) EXPECT_EQ(m.stop, Stop::precision);
  options.timing.precision = 1e-9;
  options.timing.max_time = Seconds{0.02};
  for (const Measurement& m : run({companion('a'), companion('b')})) EXPECT_EQ(m.stop, Stop::time);
}

TEST_F(CompanionsTest, areReplayedFromTheirOwnGraphs) {
  std::vector<PlannedCase> cases{companion('a'), companion('b', std::chrono::milliseconds{2})};
  for (PlannedCase& one : cases) {
    one.pace = Pace::back_to_back;
    one.replayed = true;
  }
  const auto both = run(cases);
  ASSERT_EQ(both.size(), 2U);
  EXPECT_LT(median(both[0]), Seconds{1e-3});
  EXPECT_GE(fastest(both[1]), Seconds{2e-3});
}

TEST_F(RunnerTest, aCaseOfFewerRanksLeavesTheOthersWaiting) {
  PlannedCase alone = planned([](const World& participants) {
    EXPECT_EQ(participants.size(), 1);
    return std::make_unique<WrongTrial>(participants, false);
  });
  alone.what.ranks = 1;
  const auto measured_cases = run({alone});
  EXPECT_EQ(measured_cases.size(), world.is_root() ? 1U : 0U);
}

}  // namespace
}  // namespace lanemark
