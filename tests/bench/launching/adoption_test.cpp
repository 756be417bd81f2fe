// SPDX-License-Identifier: MIT

#include "bench/launching/adoption.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace lanemark {
namespace {

/// Other processes of the machine, which begin and end all the time; gone at its end.
class Churn {
 public:
  Churn() : parent_{::fork()} {
    if (parent_ != 0) return;
    ::signal(SIGCHLD, SIG_IGN);
    for (;;) {
      if (::fork() == 0) ::_exit(0);
    }
  }
  Churn(const Churn&) = delete;
  Churn& operator=(const Churn&) = delete;
  Churn(Churn&&) = delete;
  Churn& operator=(Churn&&) = delete;
  ~Churn() {
    ::kill(parent_, SIGKILL);
    ::waitpid(parent_, nullptr, 0);
  }

 private:
  pid_t parent_;
};

TEST(Adoption, IsNotDisturbedByProcessesThatEndWhileItLooks) {
  constexpr std::chrono::seconds enough{2};
  const Churn others;
  const auto end = std::chrono::steady_clock::now() + enough;
  while (std::chrono::steady_clock::now() < end) {
    EXPECT_NO_THROW({ const Adoption looks; });
  }
}

TEST(Adoption, EndsWhatWasAdoptedAndNotWhatWasThereBefore) {
  const pid_t before = ::fork();
  if (before == 0) {
    for (;;) ::pause();
  }
  int line[2];
  ASSERT_EQ(::pipe(line), 0);
  {
    const Adoption adoption;
    if (const pid_t parent = ::fork(); parent == 0) {
      if (::fork() == 0) {
        const pid_t itself = ::getpid();
        if (::write(line[1], &itself, sizeof itself) != sizeof itself) ::_exit(1);
        for (;;) ::pause();
      }
      ::_exit(0);
    } else {
      ::waitpid(parent, nullptr, 0);
    }
    pid_t orphan = 0;
    ASSERT_EQ(::read(line[0], &orphan, sizeof orphan), static_cast<ssize_t>(sizeof orphan));
    EXPECT_EQ(::kill(orphan, 0), 0);
    adoption.end_all();
    EXPECT_NE(::kill(orphan, 0), 0);
  }
  EXPECT_EQ(::waitpid(before, nullptr, WNOHANG), 0);
  ::kill(before, SIGKILL);
  ::waitpid(before, nullptr, 0);
  ::close(line[0]);
  ::close(line[1]);
}

}  // namespace
}  // namespace lanemark
