// SPDX-License-Identifier: MIT

#include "kernels/core/bus_id.hpp"

#include <gtest/gtest.h>

namespace lanemark {
namespace {

TEST(BusId, IsOneForAllWhoWriteIt) {
  for (const char* const same :
       {"0000:1B:00.0", "0000:1b:00.0", "00000000:1B:00.0", "00000000:1b:00.0", "0:1b:00.0", "1b:00.0"}) {
    EXPECT_EQ(canonical_bus_id(same), "0000:1B:00.0") << same;
  }
}

TEST(BusId, DomainsThatDifferStayApart) {
  EXPECT_EQ(canonical_bus_id("0001:1b:00.0"), "0001:1B:00.0");
  EXPECT_EQ(canonical_bus_id("00000001:1b:00.0"), "0001:1B:00.0");
  EXPECT_EQ(canonical_bus_id("10000:01:00.0"), "10000:01:00.0");
  EXPECT_EQ(canonical_bus_id("00010000:01:00.0"), "10000:01:00.0");
  EXPECT_NE(canonical_bus_id("1000:01:00.0"), canonical_bus_id("10000:01:00.0"));
}

TEST(BusId, WhatIsNoAddressIsKept) {
  EXPECT_EQ(canonical_bus_id(""), "");
  EXPECT_EQ(canonical_bus_id("gpu"), "GPU");
  EXPECT_EQ(canonical_bus_id("::"), "0000::");
}

}  // namespace
}  // namespace lanemark
