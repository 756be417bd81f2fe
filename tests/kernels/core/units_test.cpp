// SPDX-License-Identifier: MIT

#include "kernels/core/units.hpp"

#include <gtest/gtest.h>

#include "kernels/core/error.hpp"

namespace lanemark::test {
namespace {

TEST(Units, ParseBytes) {
  EXPECT_EQ(parse_bytes("0"), Bytes{0});
  EXPECT_EQ(parse_bytes("8"), Bytes{8});
  EXPECT_EQ(parse_bytes("8B"), Bytes{8});
  EXPECT_EQ(parse_bytes("4KiB"), kibibytes(4));
  EXPECT_EQ(parse_bytes("4k"), kibibytes(4));
  EXPECT_EQ(parse_bytes("25M"), mebibytes(25));
  EXPECT_EQ(parse_bytes("25MB"), mebibytes(25));
  EXPECT_EQ(parse_bytes("1GiB"), gibibytes(1));
  EXPECT_EQ(parse_bytes("2T"), gibibytes(2048));
  EXPECT_EQ(parse_bytes("9223372036854775807"), Bytes{9223372036854775807U});
}

TEST(Units, ParseBytesRefuses) {
  for (const char* const text : {"",
                                 "-1",
                                 "-1KiB",
                                 "+1",
                                 " 1",
                                 "1 ",
                                 "1 KiB",
                                 "KiB",
                                 "1X",
                                 "1KB5",
                                 "1KiBs",
                                 "1.5M",
                                 "1e3",
                                 "0x10",
                                 "1,000",
                                 "9223372036854775808",
                                 "18446744073709551615",
                                 "99999999999999999999",
                                 "8388608T",
                                 "9007199254740992K"}) {
    EXPECT_THROW(static_cast<void>(parse_bytes(text)), UsageError) << "'" << text << "'";
  }
}

TEST(Units, ParseBytesNamesTheTextAndTheCure) {
  try {
    static_cast<void>(parse_bytes("12 parsecs"));
    FAIL() << "nothing was thrown";
  } catch (const UsageError& error) {
    const std::string_view message{error.what()};
    EXPECT_NE(message.find("12 parsecs"), std::string_view::npos) << message;
    EXPECT_NE(message.find("MiB"), std::string_view::npos) << message;
  }
}

TEST(Units, SizeName) {
  EXPECT_EQ(size_name(Bytes{0}), "0B");
  EXPECT_EQ(size_name(Bytes{1000}), "1000B");
  EXPECT_EQ(size_name(Bytes{1024}), "1KiB");
  EXPECT_EQ(size_name(Bytes{1025}), "1025B");
  EXPECT_EQ(size_name(mebibytes(64)), "64MiB");
  EXPECT_EQ(size_name(gibibytes(1) + mebibytes(512)), "1536MiB");
  EXPECT_EQ(size_name(gibibytes(2048)), "2TiB");
}

TEST(Units, SizeNameParsesBack) {
  for (std::uint64_t value = 1; value < (1ULL << 62U); value = value * 3 + 1) {
    EXPECT_EQ(parse_bytes(size_name(Bytes{value})), Bytes{value});
    EXPECT_EQ(parse_bytes(size_name(Bytes{std::uint64_t{1} << (value % 60)})), Bytes{std::uint64_t{1} << (value % 60)});
  }
}

TEST(Units, Rates) {
  EXPECT_DOUBLE_EQ((Bytes{1000} / Seconds{0.5}).value, 2000);
  EXPECT_DOUBLE_EQ((Flops{6} / Seconds{2}).value, 3);
  EXPECT_EQ(Bytes{1000} / Bytes{300}, 3U);
  EXPECT_EQ(Bytes{1000} / 3, Bytes{333});
  EXPECT_LT(Bytes{1}, Bytes{2});
}

}  // namespace
}  // namespace lanemark::test
