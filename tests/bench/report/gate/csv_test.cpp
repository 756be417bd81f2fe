// SPDX-License-Identifier: MIT

#include "bench/report/gate/csv.hpp"

#include <gtest/gtest.h>

#include "tests/bench/report/gate/examples.hpp"
#include "tests/bench/report/gate/golden.hpp"

namespace lanemark {
namespace {

/// The fields of RFC 4180's grammar; fails the test where the text is none of it.
std::vector<std::vector<std::string>> parse(const std::string& text) {
  std::vector<std::vector<std::string>> rows(1, std::vector<std::string>(1));
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    std::string& field = rows.back().back();
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') field += text[++i];
    else if (c == '"') quoted = !quoted;
    else if (quoted) field += c;
    else if (c == ',') rows.back().emplace_back();
    else if (text.compare(i, 2, "\r\n") == 0) {
      rows.emplace_back(1);
      ++i;
    } else {
      EXPECT_NE(c, '\n') << "a line that ends in no CR LF";
      field += c;
    }
  }
  EXPECT_FALSE(quoted);
  EXPECT_EQ(rows.back(), std::vector<std::string>{""}) << "the last line does not end";
  rows.pop_back();
  return rows;
}

TEST(GateCsv, Golden) {
  expect_golden("values.csv", gate_values_csv(all_examples()));
  expect_golden("verdicts.csv", gate_verdicts_csv(all_examples()));
}

TEST(GateCsv, EveryRowHasAllColumns) {
  for (const std::string& text : {gate_values_csv(all_examples()), gate_verdicts_csv(all_examples())}) {
    const auto rows = parse(text);
    for (const auto& row : rows) EXPECT_EQ(row.size(), rows.front().size());
  }
}

TEST(GateCsv, ComesBackAsItWas) {
  Judgement judgement = empty_judgement();
  judgement.cases = {regressed("a,\"b\"\r\nc")};
  const auto rows = parse(gate_values_csv({&judgement, 1}));
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows[1][1], "a,\"b\"\r\nc");
  EXPECT_EQ(rows[2],
            (std::vector<std::string>{"0123456789abcdef", "a,\"b\"\r\nc", "time", "s", "base", "1", "b2", "1.1e-05"}));
}

}  // namespace
}  // namespace lanemark
