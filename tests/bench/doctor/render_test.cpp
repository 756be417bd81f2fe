// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include "bench/doctor/doctor.hpp"

namespace lanemark {
namespace {

TEST(Diagnosis, SharedFindingsStandOnceOthersNameTheirNodes) {
  const Finding shared{Finding::Level::ok, "host", "64 processors", ""};
  const Finding full{Finding::Level::problem, "host", "/dev/shm is full", "empty it"};
  const Finding driver{Finding::Level::note, "driver", "an old one", "update it"};
  const Diagnosis diagnosis = render({{shared, driver}, {shared, full, driver}});
  EXPECT_EQ(diagnosis.problems, 1);
  EXPECT_EQ(diagnosis.text,
            "host\n"
            "  ok        64 processors\n"
            "  PROBLEM   /dev/shm is full (node 1)\n"
            "            cure: empty it\n"
            "driver\n"
            "  note      an old one\n"
            "            cure: update it\n"
            "1 problem found\n");
}

TEST(Diagnosis, NothingFoundIsNoProblem) { EXPECT_EQ(render({{}}).text, "no problems found\n"); }

}  // namespace
}  // namespace lanemark
