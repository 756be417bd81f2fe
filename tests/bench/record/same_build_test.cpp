// SPDX-License-Identifier: MIT

#include "bench/record/same_build.hpp"

#include <gtest/gtest.h>

namespace lanemark {
namespace {

TEST(SameBuild, IsOnlyOneThatIsKnown) {
  EXPECT_TRUE(same_build("1a2b3c", "1a2b3c"));
  EXPECT_TRUE(same_build("1a2b3c-dirty-4d5e6f", "1a2b3c-dirty-4d5e6f"));
  EXPECT_FALSE(same_build("1a2b3c", "4d5e6f"));
  EXPECT_FALSE(same_build("1a2b3c", "1a2b3c-dirty-4d5e6f"));
  EXPECT_FALSE(same_build("1a2b3c-dirty-4d5e6f", "1a2b3c-dirty-7a8b9c"));
  for (const char* nobody_knows : {"", "unknown", "1a2b3c-dirty"}) {
    EXPECT_FALSE(same_build(nobody_knows, nobody_knows)) << nobody_knows;
    EXPECT_FALSE(same_build(nobody_knows, "1a2b3c")) << nobody_knows;
  }
}

TEST(SameBuild, IsUnknownWhereNoCommitIsRecorded) {
  EXPECT_EQ(commit_of({{"commit", "1a2b3c"}, {"mpi", "4"}}), "1a2b3c");
  EXPECT_EQ(commit_of({{"mpi", "4"}}), "unknown");
}

}  // namespace
}  // namespace lanemark
