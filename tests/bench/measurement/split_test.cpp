// SPDX-License-Identifier: MIT

#include "bench/measurement/split.hpp"

#include <gtest/gtest.h>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

using Groups = std::vector<std::vector<int>>;

std::vector<Place> one_node(int ranks) {
  std::vector<Place> places;
  for (int rank = 0; rank < ranks; ++rank) places.push_back({.node = 0, .local_rank = rank});
  return places;
}

/// Ranks placed round robin over two nodes.
const std::vector<Place> two_nodes{{.node = 0, .local_rank = 0},
                                   {.node = 1, .local_rank = 0},
                                   {.node = 0, .local_rank = 1},
                                   {.node = 1, .local_rank = 1}};

Groups groups(std::string_view text, const std::vector<Place>& places) { return groups_of(parse_split(text, places)); }

TEST(Split, MakesTheGroupsItSays) {
  EXPECT_EQ(groups("mod:2", one_node(4)), (Groups{{0, 2}, {1, 3}}));
  EXPECT_EQ(groups("div:2", one_node(4)), (Groups{{0, 1}, {2, 3}}));
  EXPECT_EQ(groups("mod:1", one_node(3)), (Groups{{0, 1, 2}}));
  EXPECT_EQ(groups("div:1", one_node(3)), (Groups{{0}, {1}, {2}}));
  EXPECT_EQ(groups("node", two_nodes), (Groups{{0, 2}, {1, 3}}));
  EXPECT_EQ(groups("across", two_nodes), (Groups{{0, 1}, {2, 3}}));
  EXPECT_EQ(groups("node", one_node(4)), (Groups{{0, 1, 2, 3}}));
  EXPECT_EQ(parse_split("mod:2", one_node(6)).group_size, 3);
}

TEST(Split, RefusesUnequalGroupsAndWhatItDoesNotKnow) {
  for (const char* text : {"mod:2", "div:2", "mod:0", "mod:4", "mod:", "mod:x", "mod:2x", "mod:03", "mod:+3", "mod: 3",
                           "div:-1", "rack", ""}) {
    EXPECT_THROW(parse_split(text, one_node(3)), UsageError) << text;
  }
  std::vector<Place> lopsided = one_node(3);
  lopsided.back() = {.node = 1, .local_rank = 0};
  EXPECT_THROW(parse_split("node", lopsided), UsageError);
}

}  // namespace
}  // namespace lanemark
