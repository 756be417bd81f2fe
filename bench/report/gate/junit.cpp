// SPDX-License-Identifier: MIT

#include "bench/report/gate/junit.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <utility>
#include <vector>

#include "bench/report/gate/output.hpp"
#include "bench/report/gate/sentences.hpp"
#include "bench/report/gate/verdict_figures.hpp"
#include "bench/text/escapes.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

struct Test {
  std::string name;
  std::string_view result;  ///< the element inside: "failure", "error", "skipped"; empty if it passed
  std::string type;         ///< "REGRESSED"
  std::string message;
  std::optional<double> seconds;
};

struct TestSuite {
  std::string name;
  std::vector<Test> tests;
};

std::string_view result_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::wrong_data: return "error";
    case Outcome::regressed: return "failure";
    case Outcome::inconclusive:
    case Outcome::no_baseline:
    case Outcome::missing: return "skipped";
    case Outcome::improved:
    case Outcome::same: break;
  }
  return {};
}

/// "REGRESSED: 11.00 us -> 13.75 us, …".
std::string message_of(const CaseVerdict& verdict) {
  std::vector<std::string> parts;
  if (shown_shift(verdict)) {
    parts.push_back(fmt::format("{} -> {}, {}, adjusted p {}, threshold {}", median_figure(verdict, Side::base),
                                median_figure(verdict, Side::run), change_with_interval(verdict), p_figure(verdict),
                                share_figure(verdict.threshold)));
  }
  if (std::string said = remark(verdict); !said.empty()) parts.push_back(std::move(said));
  return fmt::format("{}{}{}", name(verdict.outcome), parts.empty() ? "" : ": ", fmt::join(parts, "; "));
}

Test test_of(const CaseVerdict& verdict) {
  return {.name = is_time(verdict) ? verdict.name : fmt::format("{} {}", verdict.name, metric_name(verdict)),
          .result = result_of(verdict.outcome),
          .type = std::string{name(verdict.outcome)},
          .message = message_of(verdict),
          .seconds = is_time(verdict) ? median_of(shown_values(verdict, Side::run)) : std::nullopt};
}

/// In the order in which they come up.
std::vector<TestSuite> suites_of(const Judgement& judgement) {
  std::vector<TestSuite> suites;
  std::map<std::string, std::size_t> places;
  const auto add = [&](const std::string& name, Test test) {
    const auto [place, is_new] = places.try_emplace(name, suites.size());
    if (is_new) suites.push_back({name, {}});
    suites[place->second].tests.push_back(std::move(test));
  };
  for (const CaseVerdict& verdict : judgement.cases) {
    add(verdict.name.substr(0, verdict.name.find('/')), test_of(verdict));
  }
  for (const RuleVerdict& rule : judgement.rules) {
    add("rules", {.name = rule.name.empty() ? rule.rule : fmt::format("{}: {}", rule.rule, rule.name),
                  .result = rule.passed ? "" : "failure",
                  .type = "RULE FAILED",
                  .message = "RULE FAILED: " + rule.detail,
                  .seconds = {}});
  }
  return suites;
}

std::string time_attribute(std::optional<double> seconds) {
  return seconds ? fmt::format(" time=\"{:.9f}\"", *seconds) : "";
}

std::string element(const Test& test, const std::string& class_name) {
  std::string text = fmt::format(R"(    <testcase classname="{}" name="{}"{})", class_name, xml_text(test.name),
                                 time_attribute(test.seconds));
  if (test.result.empty()) return text + "/>\n";
  // Jenkins' schema knows no type of a skipped test.
  const std::string type = test.result == "skipped" ? "" : fmt::format(" type=\"{}\"", test.type);
  return text + fmt::format(">\n      <{0} message=\"{1}\"{2}/>\n    </testcase>\n", test.result,
                            xml_text(test.message), type);
}

std::string property(std::string_view name, std::string_view value) {
  return fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", xml_text(name), xml_text(value));
}

/// All of them are the judgement's, and only the first of its suites has more than the fingerprint: a record may have a
/// suite of every case, and hundreds of kilobytes to say of its software. Versions are those of the run's last launch;
/// `changed` tells how others differ.
std::string properties(const Judgement& judgement, bool first) {
  const std::string end = "    </properties>\n";
  std::string text = "    <properties>\n" + property("fingerprint", judgement.fingerprint_id);
  if (!first) return text + end;
  text += property("machine", machine(judgement)) + property("evidence", evidence(judgement));
  if (!judgement.run.empty()) {
    for (const auto& [software, version] : judgement.run.back().versions) {
      text += property("version." + software, version);
    }
  }
  // One of each name: readers keep them in maps.
  const auto list = [&text](std::string_view name, const std::vector<std::string>& items) {
    if (!items.empty()) text += property(name, fmt::format("{}", fmt::join(items, "; ")));
  };
  list("changed", judgement.changed);
  list("excluded", excluded_launches(judgement));
  list("accepted", accepted_launches(judgement));
  for (const auto& [name, value] :
       {std::pair{"confirmation", confirmation(judgement)}, std::pair{"nearest", nearest_baseline(judgement)}}) {
    if (!value.empty()) text += property(name, value);
  }
  return text + end;
}

/// How many of the tests are what, and the time of all.
struct Totals {
  std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  double seconds = 0;

  void add(const Test& test) {
    ++tests;
    if (test.result == "failure") ++failures;
    if (test.result == "error") ++errors;
    if (test.result == "skipped") ++skipped;
    seconds += test.seconds.value_or(0);
  }
  [[nodiscard]] std::string attributes() const {
    return fmt::format(R"(tests="{}" failures="{}" errors="{}" skipped="{}"{})", tests, failures, errors, skipped,
                       time_attribute(seconds));
  }
};

/// Without its zone, which the schema does not know; it is UTC.
std::string timestamp(const Judgement& judgement) {
  if (judgement.run.empty()) return {};
  std::string started = judgement.run.front().started;
  if (started.ends_with('Z')) started.pop_back();
  return fmt::format(" timestamp=\"{}\"", xml_text(started));
}

std::string element(const TestSuite& suite, const Judgement& judgement, bool first, Totals& all) {
  Totals totals;
  std::string tests;
  const std::string class_name = xml_text(fmt::format("lanemark.{}.{}", judgement.fingerprint_id, suite.name));
  for (const Test& test : suite.tests) {
    totals.add(test);
    all.add(test);
    tests += element(test, class_name);
  }
  return fmt::format("  <testsuite name=\"{}\" {}{}>\n{}{}  </testsuite>\n", class_name, totals.attributes(),
                     timestamp(judgement), properties(judgement, first), tests);
}

const Registered<GateOutput> junit{{.name = "junit", .what = "JUnit XML", .render = gate_junit}};

}  // namespace

std::string gate_junit(std::span<const Judgement> judgements) {
  Totals all;
  std::string suites;
  for (const Judgement& judgement : judgements) {
    bool first = true;
    for (const TestSuite& suite : suites_of(judgement))
      suites += element(suite, judgement, std::exchange(first, false), all);
  }
  return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"lanemark\" {}>\n{}</testsuites>\n",
                     all.attributes(), suites);
}

}  // namespace lanemark
