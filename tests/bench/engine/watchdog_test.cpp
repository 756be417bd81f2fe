// SPDX-License-Identifier: MIT

#include "bench/engine/watchdog.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

#include "bench/measurement/exit_code.hpp"
#include "kernels/core/error.hpp"

// Each dog lives in a process of its own, which it may end. None of them need be quick: a process that is not ended
// hangs until the test is.

namespace lanemark {
namespace {

constexpr Seconds soon{0.2};
constexpr int well = 0;

[[noreturn]] void hang() {
  for (;;) ::pause();
}

void sleep_past_the_limit() { std::this_thread::sleep_for(soon * 3); }

/// From here on a pipe that is full and nobody reads; returns what it was before.
int fill_standard_error() {
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) std::_Exit(EXIT_FAILURE);
  ::fcntl(pipe[1], F_SETFL, O_NONBLOCK);
  while (::write(pipe[1], "x", 1) == 1) {
  }
  ::fcntl(pipe[1], F_SETFL, 0);
  const int before = ::dup(STDERR_FILENO);
  ::dup2(pipe[1], STDERR_FILENO);
  return before;
}

const auto for_time = ::testing::ExitedWithCode(static_cast<int>(ExitCode::timeout));

class WatchdogTest : public ::testing::Test {
 protected:
  WatchdogTest() {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    for (const char* const name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"}) ::unsetenv(name);
  }
};

TEST_F(WatchdogTest, endsWhatIsTooSlowAndSaysWhatItWas) {
  EXPECT_EXIT(
      {
        Watchdog dog{soon};
        dog.watch("a part of the work");
        hang();
      },
      for_time, "lanemark: a rank spent more than 0 s in a part of the work; ending the job");
}

TEST_F(WatchdogTest, knowsItsRankFromTheLauncherUntilMpiSaysIt) {
  for (const char* const name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"}) {
    ::setenv(name, "0", 1);
    EXPECT_EXIT(
        {
          Watchdog dog{soon};
          dog.watch("the start");
          hang();
        },
        for_time, "rank 0 spent")
        << name;
    ::unsetenv(name);
  }
  ::setenv("PMIX_RANK", "many", 1);
  EXPECT_EXIT(
      {
        Watchdog dog{soon};
        dog.watch("the start");
        hang();
      },
      for_time, "a rank spent");
  ::unsetenv("PMIX_RANK");
  EXPECT_EXIT(
      {
        Watchdog dog{soon};
        dog.known_as(1);
        dog.watch("the rest");
        hang();
      },
      for_time, "rank 1 spent");
}

TEST_F(WatchdogTest, theLimitIsThatOfSoManyCases) {
  EXPECT_EXIT(
      {
        Watchdog dog{Seconds{0.5}};
        dog.watch("two cases", 2);
        hang();
      },
      for_time, "more than 1 s in two cases");
}

TEST_F(WatchdogTest, aShortLimitAfterALongOneIsKept) {
  EXPECT_EXIT(
      {
        Watchdog dog{soon};
        dog.watch("very many cases", 1'000'000);
        sleep_past_the_limit();
        dog.watch("one case");
        hang();
      },
      for_time, "in one case");
}

TEST_F(WatchdogTest, timesNothingBeforeItIsToldTo) {
  EXPECT_EXIT(
      {
        {
          const Watchdog dog{soon};
          sleep_past_the_limit();
        }
        std::_Exit(well);
      },
      ::testing::ExitedWithCode(well), "");
}

TEST_F(WatchdogTest, aLimitOfZeroIsNone) {
  EXPECT_EXIT(
      {
        {
          Watchdog dog{Seconds{0}};
          dog.watch("nothing in particular");
          sleep_past_the_limit();
        }
        std::_Exit(well);
      },
      ::testing::ExitedWithCode(well), "");
}

TEST_F(WatchdogTest, theClockStandsStillWhileItRests) {
  EXPECT_EXIT(
      {
        Watchdog dog{soon};
        const Watchdog::Rest whole{dog};
        dog.watch("what a person reads");
        { const Watchdog::Rest part{dog}; }
        sleep_past_the_limit();
        std::_Exit(well);
      },
      ::testing::ExitedWithCode(well), "");
  EXPECT_EXIT(
      {
        Watchdog dog{soon};
        dog.watch("what comes after it");
        {
          const Watchdog::Rest rest{dog};
          sleep_past_the_limit();
        }
        hang();
      },
      for_time, "in what comes after it");
}

TEST_F(WatchdogTest, lastWordsLearnWhyAndMayHang) {
  EXPECT_EXIT(
      {
        Watchdog dog{soon};
        dog.set_last_words([](const std::string& why) {
          std::fprintf(stderr, "last words: %s.", why.c_str());
          hang();
        });
        dog.watch("the work");
        hang();
      },
      for_time, "last words: a rank spent more than 0 s in the work\\.");
}

TEST_F(WatchdogTest, theEndComesWhereNothingCanBeSaid) {
  EXPECT_EXIT(
      {
        const int before = fill_standard_error();
        Watchdog dog{soon};
        dog.set_last_words([before](const std::string&) { ::dprintf(before, "these came all the same"); });
        dog.watch("a full pipe");
        hang();
      },
      for_time, "these came all the same");
}

TEST_F(WatchdogTest, nobodyGoesOnOnceTheEndHasBegun) {
  EXPECT_EXIT(
      {
        {
          Watchdog dog{soon};
          dog.set_last_words([](const std::string&) { hang(); });
          dog.watch("the work");
          sleep_past_the_limit();
          dog.watch("more of it");
        }
        std::_Exit(well);
      },
      for_time, "in the work");
}

}  // namespace
}  // namespace lanemark
