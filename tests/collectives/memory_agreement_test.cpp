// SPDX-License-Identifier: MIT

#include "collectives/core/memory_agreement.hpp"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <system_error>

namespace lanemark {
namespace {

class MemoryAgreement : public ::testing::Test {
 protected:
  [[nodiscard]] bool last() const { return world.rank() == world.size() - 1; }
  World world{MPI_COMM_WORLD, {}};
};

TEST_F(MemoryAgreement, OneRanksLackIsEveryones) {
  const auto lacking = lack_in([&] {
    take_memory(world, [&] {
      if (last()) throw OutOfMemory("as planted");
    });
  });
  EXPECT_EQ(lacking, "as planted");
}

TEST_F(MemoryAgreement, ObjectsAndThreadsCountToo) {
  const auto lack_of = [&](auto&& error) {
    return lack_in([&] {
      take_memory(world, [&] {
        if (last()) throw error;
      });
    });
  };
  EXPECT_TRUE(lack_of(std::bad_alloc{}));
  EXPECT_TRUE(lack_of(std::system_error{std::make_error_code(std::errc::resource_unavailable_try_again)}));
}

TEST_F(MemoryAgreement, NothingLackingIsNothing) {
  bool ran = false;
  EXPECT_FALSE(lack_in([&] { take_memory(world, [&] { ran = true; }); }));
  EXPECT_TRUE(ran);
}

// What a rank meets alone is not what all agreed on: it ends the launch instead of leaving the others waiting.
TEST_F(MemoryAgreement, OtherErrorsAndLacksOutsidePass) {
  EXPECT_THROW(lack_in([] { throw OutOfMemory("alone"); }), OutOfMemory);
  EXPECT_THROW(lack_in([] { throw std::bad_alloc{}; }), std::bad_alloc);
  EXPECT_THROW(take_memory(world, [] { throw std::runtime_error("another"); }), std::runtime_error);
  EXPECT_THROW(take_memory(world, [] { throw std::system_error{std::make_error_code(std::errc::io_error)}; }),
               std::system_error);
}

TEST_F(MemoryAgreement, PartsOfASplitAgreeTogether) {
  const World part = world.split(world.rank() % 2);
  const auto lacking = lack_in([&] {
    take_memory(part, [&] {
      if (last()) throw OutOfMemory("of one part");
    });
  });
  EXPECT_EQ(lacking, "of one part");
}

}  // namespace
}  // namespace lanemark
