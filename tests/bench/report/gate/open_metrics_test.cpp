// SPDX-License-Identifier: MIT

#include "bench/report/gate/open_metrics.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

#include "tests/bench/report/gate/examples.hpp"
#include "tests/bench/report/gate/golden.hpp"

namespace lanemark {
namespace {

TEST(GateOpenMetrics, Golden) { expect_golden("metrics.prom", gate_open_metrics(all_examples())); }

/// The rules of OpenMetrics 1.0 that a reader refuses a file for, as far as gauges have any, and those of the older
/// text format: no quotes or backslashes in HELP, no time stamps.
TEST(GateOpenMetrics, KeepsTheRulesOfBothFormats) {
  const std::string text = gate_open_metrics(all_examples());
  EXPECT_TRUE(text.ends_with("\n# EOF\n"));
  const std::regex sample{R"(([a-z_]+)\{([a-z_]+="(\\[\\n"]|[^\\"])*",?)*\} ([+-]Inf|NaN|-?[0-9.e+-]+))"};
  const std::regex type{"# TYPE ([a-z_]+) gauge"};
  const std::regex unit{"# UNIT ([a-z_]+) ([a-z_]+)"};
  const std::regex help{R"(# HELP ([a-z_]+) [^"\\]+)"};
  std::set<std::string> families;
  std::set<std::string> series;
  std::string family;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    std::smatch part;
    if (line == "# EOF") continue;
    if (std::regex_match(line, part, type)) {
      family = part[1];
      EXPECT_TRUE(families.insert(family).second) << "twice: " << line;
    } else if (std::regex_match(line, part, unit)) {
      EXPECT_EQ(part[1], family);
      EXPECT_TRUE(family.ends_with("_" + part[2].str())) << line;
    } else if (std::regex_match(line, part, help)) {
      EXPECT_EQ(part[1], family);
    } else {
      ASSERT_TRUE(std::regex_match(line, part, sample)) << line;
      EXPECT_EQ(part[1], family);
      EXPECT_TRUE(series.insert(line.substr(0, line.rfind(' '))).second) << "twice: " << line;
    }
  }
  EXPECT_GT(families.size(), 10U);
}

TEST(GateOpenMetrics, ASeriesComesOnce) {
  Judgement judgement = empty_judgement();
  judgement.rules = {{"a rule", "", false, ""}, {"a rule", "", true, ""}};
  const std::string text = gate_open_metrics({&judgement, 1});
  EXPECT_NE(text.find("lanemark_rule_passed{fingerprint=\"0123456789abcdef\",rule=\"a rule\",case=\"\"} 0\n"),
            std::string::npos);
  EXPECT_EQ(text.find("case=\"\"} 1\n"), std::string::npos);
}

TEST(GateOpenMetrics, WrongDataHasNoSpeed) {
  Judgement judgement = empty_judgement();
  judgement.cases = {same("a")};
  EXPECT_NE(gate_open_metrics({&judgement, 1}).find("side=\"run\"} 0.002001\n"), std::string::npos);
  judgement.cases.front().outcome = Outcome::wrong_data;
  const std::string text = gate_open_metrics({&judgement, 1});
  EXPECT_EQ(text.find("metric=\"time\",side=\"run\""), std::string::npos);
  EXPECT_EQ(text.find("lanemark_change_ratio"), std::string::npos);
}

}  // namespace
}  // namespace lanemark
