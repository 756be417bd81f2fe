// SPDX-License-Identifier: MIT

#include "bench/record/launch.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <string_view>

#include "bench/record/gather_texts.hpp"

namespace lanemark {
namespace {

/// The text with every lower-case hexadecimal digit as an x.
std::string shape(std::string text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::ranges::replace_if(
      text, [&](char c) { return digits.find(c) != std::string_view::npos; }, 'x');
  return text;
}

World world() { return {MPI_COMM_WORLD, {DeviceKind::host, 0}}; }

TEST(GatherTexts, AreByRankAndOfAnyLength) {
  const World all = world();
  // Rank 0's is empty; a zero byte is a character like others.
  const auto text_of = [](int rank) { return std::string(static_cast<std::size_t>(rank) * 1000, '\0'); };
  const std::vector<std::string> texts = gather_texts(all, text_of(all.rank()));
  ASSERT_EQ(texts.size(), static_cast<std::size_t>(all.size()));
  for (int rank = 0; rank < all.size(); ++rank) EXPECT_EQ(texts[static_cast<std::size_t>(rank)], text_of(rank));
}

TEST(DescribeLaunch, IsTheSameLaunchOnAllRanksAndANewOneEachTime) {
  const World all = world();
  const LaunchHeader header = describe_launch(all, {"lanemark"}, {});
  EXPECT_EQ(shape(header.launch), std::string(16, 'x')) << header.launch;
  EXPECT_EQ(shape(header.started), "xxxx-xx-xxTxx:xx:xxZ") << header.started;
  EXPECT_EQ(all.broadcast(header.launch), header.launch);
  EXPECT_EQ(all.broadcast(header.fingerprint_id), header.fingerprint_id);
  EXPECT_EQ(header.ranks, all.size());
  EXPECT_EQ(header.fingerprint.ranks_per_node * header.fingerprint.nodes, all.size());
  EXPECT_FALSE(header.fingerprint.cpu.empty());
  EXPECT_GT(header.fingerprint.cores, 0);
  EXPECT_GT(header.fingerprint.memory_gib, 0);
  const LaunchHeader again = describe_launch(all, {"lanemark"}, {});
  EXPECT_NE(again.launch, header.launch);
  EXPECT_EQ(again.fingerprint_id, header.fingerprint_id);
}

TEST(DescribeLaunch, VersionsAreNamedAndNoPartOfTheFingerprint) {
  const LaunchHeader header = describe_launch(world(), {"lanemark"}, {});
  for (const char* name : {"mpi", "compiler", "lanemark", "commit"}) {
    ASSERT_TRUE(header.versions.contains(name)) << name;
    EXPECT_EQ(to_json(header.fingerprint).dump().find(header.versions.at(name) + '"'), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace lanemark
