// SPDX-License-Identifier: MIT

#include "kernels/core/registry.hpp"

#include <gtest/gtest.h>

namespace lanemark::test {
namespace {

struct Fruit {
  std::string_view name;
  int weight;
};

const Registered<Fruit> pear{{.name = "pear", .weight = 2}};
const Registered<Fruit> apple{{.name = "apple", .weight = 1}};

TEST(Registry, FindsByName) {
  EXPECT_EQ(Registry<Fruit>::find("pear"), &pear);
  EXPECT_EQ(Registry<Fruit>::find("plum"), nullptr);
  EXPECT_EQ(Registry<Fruit>::get("fruit", "apple").weight, 1);
}

TEST(Registry, IsSortedByName) {
  ASSERT_EQ(Registry<Fruit>::all().size(), 2U);
  EXPECT_EQ(Registry<Fruit>::all().front()->name, "apple");
  EXPECT_EQ(Registry<Fruit>::all().back()->name, "pear");
}

TEST(Registry, UnknownNameIsRefusedWithTheKnownOnes) {
  try {
    static_cast<void>(Registry<Fruit>::get("fruit", "plum"));
    FAIL() << "nothing was thrown";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "unknown fruit 'plum'; known: apple, pear");
  }
}

TEST(Located, FileWithoutFolders) {
  const auto here = std::source_location::current();
  EXPECT_EQ(located("what", here), fmt::format("what (registry_test.cpp:{})", here.line()));
}

}  // namespace
}  // namespace lanemark::test
