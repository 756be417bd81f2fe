// SPDX-License-Identifier: MIT

// Sizes whose parts begin off 16 bytes, and what is said of them: what was measured, and no more than it shows.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "bench/report/console.hpp"
#include "bench/report/sections.hpp"
#include "tests/bench/report/examples.hpp"

namespace lanemark {
namespace {

constexpr std::uint64_t ranks = 2;

/// Parts of `part` bytes of each of two ranks, which take `us` and, as far apart as that, `spread` of it more or less.
Measurement parts_row(std::uint64_t part, double us, double spread = 0, std::string operation = "all_gather") {
  Measurement m = all_reduce_row(part * ranks);
  m.what.operation = std::move(operation);
  m.what.dtype = "uint8";
  m.what.ranks = ranks;
  m.what.mode = "bandwidth";
  m.work = {.elements = part, .bytes = Bytes{part * ranks}, .bus_factor = 0.5};
  m.samples.clear();
  for (int i = -10; i <= 10; ++i) m.samples.emplace_back(us * 1e-6 * (1 + spread * i / 10));
  m.slowest_rank.assign(m.samples.size(), 0);
  return m;
}

/// In one line.
std::string sentence(const std::vector<Measurement>& rows) {
  std::string text = odd_parts_sentence(rows, Format::markdown);
  while (text.starts_with('\n')) text.erase(0, 1);
  return text;
}

TEST(OddParts, TellWhatTheyCostBesideTheirNeighbour) {
  // A tenth of a percent smaller, and 2.3 times as slow.
  EXPECT_EQ(sentence({parts_row(47'968'750, 1150), parts_row(48'000'000, 500)}),
            "- all\\_gather: parts begin off 16 bytes; 95937500B takes 2.3 times the time of 93750KiB beside it\n");
  EXPECT_EQ(
      sentence({parts_row(48'000'001, 1150), parts_row(48'000'000, 500)}),
      "- all\\_gather: parts begin off 16 bytes; 96000002B takes 2.3 times the time per byte of 93750KiB beside it\n");
}

TEST(OddParts, StandBelowTheirTable) {
  const std::string text = report({parts_row(1604, 30), parts_row(1600, 10)}, Format::text);
  const std::size_t at =
      text.find("all_gather: parts begin off 16 bytes; 3208B takes 3.0 times the time per byte of 3200B");
  EXPECT_NE(at, std::string::npos) << text;
  EXPECT_LT(text.find("% limit"), at);
}

TEST(OddParts, AreComparedWithTheNearestOfTheSameKind) {
  EXPECT_NE(sentence({parts_row(1604, 30), parts_row(1600, 10), parts_row(2000, 20), parts_row(1504, 5)})
                .find("3.0 times the time per byte of 3200B"),
            std::string::npos);
  Measurement other = parts_row(1600, 10);
  other.what.dtype = "int8";
  EXPECT_NE(sentence({parts_row(1604, 30), other}).find("beside 3208B no size"), std::string::npos);
  other = parts_row(1600, 10);
  other.what.labels = {{"root", "1"}};
  EXPECT_NE(sentence({parts_row(1604, 30), other}).find("beside 3208B no size"), std::string::npos);
  const std::string two = sentence({parts_row(1604, 30), parts_row(1600, 10), other});
  EXPECT_NE(two.find("3208B (uint8) takes 3.0 times"), std::string::npos) << two;
}

TEST(OddParts, OfWhichNoNeighbourWasMeasuredNameTheFlag) {
  const std::string far =
      "- all\\_gather: parts begin off 16 bytes; beside 200B no size of aligned parts was measured, which --odd does\n";
  EXPECT_EQ(sentence({parts_row(100, 10)}), far);
  EXPECT_EQ(sentence({parts_row(100, 10), parts_row(160, 10)}), far) << "more than half as large again";
  EXPECT_EQ(sentence({parts_row(100, 10), wrong(parts_row(112, 10))}), far);
  EXPECT_EQ(sentence({parts_row(100, 10), skipped(parts_row(112, 10), "no memory")}), far);
  EXPECT_EQ(sentence({parts_row(100, 10), parts_row(144, 10)}).find("--odd"), std::string::npos);
  const std::string many =
      sentence({parts_row(100, 9), parts_row(1000, 9), parts_row(10'000, 9), parts_row(100'003, 9)});
  EXPECT_NE(many.find("beside 200B, 2000B, 200006B no size"), std::string::npos) << many;
}

TEST(OddParts, ClaimNothingThatNoiseMayBe) {
  // Medians 1.3 times apart, each known to a third or so.
  const std::string noisy = sentence({parts_row(1604, 13, 0.9), parts_row(1600, 10, 0.9)});
  EXPECT_NE(noisy.find("at 3208B no cost shows beyond the noise"), std::string::npos) << noisy;
  EXPECT_EQ(noisy.find(" times "), std::string::npos) << noisy;
  // Known exactly, and by less than launches of one build differ.
  EXPECT_NE(sentence({parts_row(1604, 10.4), parts_row(1600, 10)}).find("no cost shows"), std::string::npos);
  EXPECT_NE(sentence({parts_row(1604, 10.8), parts_row(1600, 10)}).find("1.08 times the time per byte"),
            std::string::npos);
  Measurement few = parts_row(1604, 30);
  few.samples.resize(5);
  EXPECT_NE(sentence({few, parts_row(1600, 10)}).find("too few samples"), std::string::npos);
}

/// With others on half of the processors' time.
Measurement disturbed(Measurement m) {
  m.processors = ProcessorUse{.available = Seconds{2}, .others = Seconds{1}, .window = Seconds{1}};
  return m;
}

TEST(OddParts, AreNotBlamedForWhatOthersDid) {
  const std::string nothing =
      "- all\\_gather: parts begin off 16 bytes; at 3208B nothing is told, as what was measured was disturbed\n";
  EXPECT_EQ(sentence({disturbed(parts_row(1604, 30)), parts_row(1600, 10)}), nothing);
  EXPECT_EQ(sentence({parts_row(1604, 30), disturbed(parts_row(1600, 10))}), nothing);
  // What was measured in peace counts alone.
  EXPECT_NE(sentence({disturbed(parts_row(1604, 90)), parts_row(1604, 30), parts_row(1600, 10)})
                .find("3208B takes 3.0 times the time per byte"),
            std::string::npos);
}

/// Where the time does not hang on the size, a smaller one takes more of it a byte, odd or not.
TEST(OddParts, AreNotBlamedForTheirSize) {
  EXPECT_NE(sentence({parts_row(100, 10), parts_row(144, 10)}).find("no cost shows"), std::string::npos);
  EXPECT_NE(sentence({parts_row(68, 14), parts_row(48, 10)}).find("no cost shows"), std::string::npos)
      << "nor a larger one where it does";
}

TEST(OddParts, OfRepetitionsCountTogether) {
  Measurement again = parts_row(1604, 30);
  again.repetition = 1;
  const std::string text = sentence({parts_row(1604, 30), again, parts_row(1600, 10)});
  EXPECT_NE(text.find("3.0 times"), std::string::npos) << text;
  EXPECT_EQ(text.find("3.0 times"), text.rfind("3.0 times"));
}

TEST(OddParts, AreOfBuffersThatHaveParts) {
  for (const char* operation : {"all_gather", "reduce_scatter", "gather", "scatter", "all_to_all"}) {
    EXPECT_NE(sentence({parts_row(100, 10, 0, operation)}), "") << operation;
  }
  for (const char* operation : {"all_reduce", "broadcast", "all_to_all_v", "send_recv", "barrier", "unheard_of"}) {
    EXPECT_EQ(sentence({parts_row(100, 10, 0, operation)}), "") << operation;
  }
  EXPECT_EQ(sentence({parts_row(96, 10), parts_row(16, 10)}), "") << "none is off";
  EXPECT_EQ(sentence({parts_row(15, 10)}), "") << "shorter than what it would be off";
  Measurement alone = parts_row(100, 10);
  alone.what.size = Bytes{100};
  EXPECT_EQ(sentence({alone}), "") << "one rank has one part";
  Measurement shifted = parts_row(100, 10);
  shifted.what.labels = {{"misaligned", "1"}};
  EXPECT_EQ(sentence({shifted}), "") << "the buffers themselves begin elsewhere";
  Measurement strange = parts_row(100, 10);
  strange.work.elements = ~std::uint64_t{0};
  EXPECT_EQ(sentence({strange}), "");
  strange.work.elements = 0;
  EXPECT_EQ(sentence({strange}), "");
  strange = parts_row(100, 10);
  strange.what.dtype = "float128";
  EXPECT_EQ(sentence({strange}), "");
  EXPECT_EQ(sentence({}), "");
}

TEST(OddParts, OfManyCostsTheLargestAreNamed) {
  std::vector<Measurement> rows;
  for (std::uint64_t i = 1; i <= 12; ++i) {
    rows.push_back(parts_row(1600U << i, 10));
    rows.push_back(parts_row((1600U << i) + 1, 10.0 * static_cast<double>(i + 1)));
  }
  const std::string text = sentence(rows);
  EXPECT_NE(text.find("102402B takes 6.0 times"), std::string::npos) << text;
  EXPECT_EQ(text.find("takes 5.0 times"), std::string::npos) << text;
  EXPECT_NE(text.find("4 more cost less"), std::string::npos) << text;
}

}  // namespace
}  // namespace lanemark
