// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <functional>
#include <regex>

#include "bench/commands/baseline.hpp"
#include "bench/commands/gate.hpp"
#include "bench/commands/history.hpp"
#include "bench/files/standard_streams.hpp"
#include "bench/gate/history.hpp"
#include "bench/gate/rules.hpp"
#include "bench/record/store.hpp"
#include "bench/report/console.hpp"
#include "bench/report/gate/output.hpp"
#include "bench/report/gate/text.hpp"
#include "bench/report/history.hpp"
#include "kernels/core/registry.hpp"
#include "tests/bench/gate/launches_by_hand.hpp"
#include "tests/bench/record/temporary_folder.hpp"
#include "tests/bench/report/examples.hpp"
#include "tests/bench/report/gate/examples.hpp"
#include "tests/bench/text/hostile_texts.hpp"

// Records, baselines and rules with a hostile text in each of their texts, shown by everything that shows them.

namespace lanemark {
namespace {

/// All texts of a measurement but its suite's name.
Measurement with_text(Measurement m, const std::string& text) {
  m.what.operation = text;
  m.what.backend = text;
  m.what.dtype = text;
  m.what.mode = text;
  for (Label& one : m.what.labels) one.value = text;
  m.what.labels.push_back({text, text});
  m.what.labels.push_back({":", ":error::x"});
  m.device = text;
  m.transport = text;
  if (m.limit) m.limit->name = text;
  m.route = Route{.algorithm = text, .protocol = text, .channels = 2, .inferred = false};
  m.ceilings.push_back({.name = text, .per_second = 1e12});
  if (m.training) {
    for (Phase& phase : m.training->phases) phase.name = text;
  }
  return m;
}

Measurement of_suite(Measurement m, std::string suite) {
  m.what.suite = std::move(suite);
  return m;
}

/// Of each suite, and of an unknown one: right, wrong and skipped; pairs, groups, and enough sizes for a cost model.
std::vector<Measurement> measurements(const std::string& text) {
  std::vector<Measurement> rows{all_reduce_row(1024),
                                transfer_row("host_to_device", "pinned", "0"),
                                training_row("bucketed", 1, 1000),
                                training_row("bucketed", 2, 900),
                                training_row("data_parallel", 2, 2000),
                                of_suite(all_reduce_row(64), "kernels"),
                                of_suite(all_reduce_row(64), text)};
  for (std::uint64_t size = 64; size < 1 << 20; size *= 4) rows.push_back(all_reduce_row(size, 1 + double(size) / 1e4));
  Measurement& of_groups = rows.front();
  of_groups.groups = {{.ranks = {0, 2}, .median = Seconds{1e-5}}, {.ranks = {1, 3}, .median = Seconds{2e-5}}};
  std::vector<Measurement> all;
  for (const Measurement& row : rows) {
    Measurement bad = with_text(row, text);
    bad.verdict = {Verdict::Kind::wrong, text};
    all.insert(all.end(), {with_text(row, text), bad, skipped(with_text(row, text), text)});
  }
  Measurement pair = with_text(all_reduce_row(64), text);
  pair.what.mode = "bandwidth";
  for (const auto& [name, unit] : {std::pair{"0>1", 1}, {"1>0", 1}, {"1>2", 5}, {"2>1", 1}}) {
    pair.what.labels = {{"pair", name}};
    pair.samples = microseconds({10.0 * unit});
    all.push_back(pair);
  }
  return all;
}

/// Every text of a judgement.
Judgement judgement(const std::string& text) {
  Judgement all = full_judgement();
  all.fingerprint.gpu = all.fingerprint.link = all.fingerprint.cpu = all.fingerprint_id = text;
  for (auto* side : {&all.base, &all.run}) {
    for (LaunchSummary& launch : *side) {
      launch.launch = launch.started = text;
      launch.versions = {{text, text}, {"nccl", text}};
      if (!launch.excluded.empty()) launch.excluded = launch.file = text;
    }
  }
  all.changed = {text, text};
  for (CaseVerdict& one : all.cases) one.name = one.detail = text;
  for (RuleVerdict& one : all.rules) one.rule = one.name = one.detail = text;
  all.nearest = BaselineFolder::Nearest{text, {text, text}};
  all.gate = text;
  return all;
}

std::string without_colour(const std::string& text) {
  return std::regex_replace(text, std::regex{"\x1b\\[(1;31|33|32|0)m"}, "");
}

TEST(HostileRecord, ReportShowsNothingButText) {
  for (const std::string& text : hostile_texts()) {
    const std::string shown = report(measurements(text), Format::text);
    ASSERT_EQ(fault_of_log(shown), "") << shown;
    const std::string markdown = report(measurements(text), Format::markdown);
    ASSERT_EQ(fault_of_markdown(markdown), "") << markdown;
  }
}

TEST(HostileRecord, GateShowsNothingButText) {
  for (const std::string& text : hostile_texts()) {
    const std::vector<Judgement> all{judgement(text), judgement(text)};
    const std::string shown = gate_text(all, {.verbose = true, .colour = true});
    ASSERT_EQ(fault_of_log(without_colour(shown)), "") << shown;
    for (const GateOutput* one : Registry<GateOutput>::all()) {
      const std::string output = one->render(all);
      ASSERT_EQ(fault_of_output(one->name, output), "") << one->name << '\n' << output;
    }
  }
}

TEST(HostileRecord, HistoryShowsNothingButText) {
  for (const std::string& text : hostile_texts()) {
    std::vector<HistoryInput> inputs;
    for (int i = 0; i < 24; ++i) {
      inputs.push_back({.launch = std::to_string(i),
                        .started = std::to_string(10 + i) + text,
                        .commit = (i < 12 ? "a" : "") + text,
                        .fingerprint_id = text,
                        .name = text,
                        .metric = &metric("time"),
                        .value = i < 12 ? 1 + i / 100.0 : 2 + i / 100.0});
    }
    const std::vector<Series> all = histories(std::move(inputs));
    ASSERT_EQ(fault_of_log(history_text(all)), "") << history_text(all);
    ASSERT_EQ(fault_of_csv(history_csv(all)), "") << history_csv(all);
  }
}

/// What a command says on both streams; its mistakes as the program says them.
std::string said(const std::function<void()>& command) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  try {
    command();
  } catch (const std::exception& error) {
    say("{}", error.what());
  }
  const std::string out = testing::internal::GetCapturedStdout();
  return out + testing::internal::GetCapturedStderr();
}

/// A launch whose header and footer have the text wherever they have one, but for what a file's name and the reader
/// need.
void write_launch(const std::filesystem::path& file, const std::string& text, bool tainted, int number) {
  std::ofstream out{file, std::ios::binary};
  const auto put = [&](const nlohmann::json& line) {
    out << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  };
  LaunchHeader header;
  header.launch = fmt::format("{:016x}", number);
  header.started = fmt::format("2026-01-31T09:{:02}:00Z", number);
  header.command = {"lanemark", "run", text};
  header.ranks = 4;
  header.fingerprint = four_gpus();
  header.fingerprint.cpu = header.fingerprint.gpu = header.fingerprint.link = valid_utf8(text);
  header.fingerprint_id = id(header.fingerprint);
  header.versions = {{"commit", text}, {valid_utf8(text), text}};
  header.environment = {{valid_utf8(text), text}};
  GpuState& gpu = header.gpus.emplace_back();
  gpu.name = gpu.bus_id = text;
  gpu.throttle_reasons = {text};
  put(to_json(header));
  std::vector<Measurement> rows = measurements(text);
  if (tainted) rows.resize(1);
  for (const Measurement& m : rows) put(to_json(m));
  LaunchFooter footer;
  footer.measurements = rows.size();
  footer.ended = text;
  if (tainted) footer.taints = {text, text};
  put(to_json(footer));
}

/// Whether the reader takes such a record or refuses it: what the commands say is text.
TEST(HostileRecord, CommandsSayNothingButText) {
  for (const std::string& text : hostile_texts()) {
    const TemporaryFolder folder;
    const auto path = [&](std::string_view name) { return (folder.path() / name).string(); };
    std::filesystem::create_directory(path("run"));
    write_launch(path("run/1.jsonl"), text, false, 1);
    write_launch(path("run/2.jsonl"), text, true, 2);
    BaselineOptions baseline{.baselines = path("baselines"), .files = {path("run")}, .fingerprint_id = {}};
    GateCommandOptions gate;
    gate.run = {path("run")};
    gate.baselines = path("baselines");
    gate.comparison.colour = "never";
    gate.comparison.filter = "x";
    GateCommandOptions unmet = gate;
    unmet.comparison.filter = text + "[]";
    unmet.comparison.metrics = {text};
    HistoryOptions history;
    history.files = {path("run/1.jsonl")};
    HistoryOptions csv = history;
    csv.cases = "^$" + text;
    for (const std::string& output :
         {said([&] { baseline_add_command(baseline); }), said([&] { baseline_list_command(baseline); }),
          said([&] { baseline_show_command(baseline); }), said([&] { gate_command(gate); }),
          said([&] { gate_command(unmet); }), said([&] { history_command(history); }),
          said([&] { history_command(csv); }), said([&] { read_launch(path("run/") + text + ".jsonl"); })}) {
      ASSERT_EQ(fault_of_log(output), "") << output;
    }
  }
}

TEST(HostileRecord, MistakesInRulesAndRecordsAreSaidInALine) {
  for (const std::string& text : hostile_texts()) {
    nlohmann::json header = to_json(LaunchHeader{});
    header["schema"] = valid_utf8(text);
    nlohmann::json rules{{"schema", "1.0"}, {"rules", {{{"name", valid_utf8(text)}, {"rule", valid_utf8(text)}}}}};
    nlohmann::json schema{{"schema", valid_utf8(text)}};
    for (const std::string& output :
         {said([&] { rules_from_text(rules.dump(), text); }), said([&] { rules_from_text(text, text); }),
          said([&] { rules_from_text(schema.dump(), text); }), said([&] { parse_rule("time <= 5 " + text); }),
          said([&] { parse_rule("time <= 5 us where backend = nccl " + text); }),
          said([&] { parse_rule("time <= 5 us where bytes = '" + text + "'"); }),
          said([&] { parse_rule("time <= " + text); }), said([&] { read_launch_text(header.dump(), text); }),
          said([&] { read_launch_text(text, text); }), said([&] { metric(text); })}) {
      EXPECT_EQ(fault_of_log(output), "") << output;
      EXPECT_LE(lines_of(output).size(), 2U) << output;
    }
  }
}

TEST(HostileRecord, LongValuesAreCutInMessages) {
  const std::string text(100'000, 'x');
  for (const std::string& output : {said([&] { metric(text); }), said([&] { parse_rule(text); }),
                                    said([&] { rules_from_text('"' + text + "\" x", "rules.json"); })}) {
    EXPECT_LT(output.size(), 1000U);
  }
  EXPECT_LT(said([&] { read_launch(text); }).size(), 11'000U);
}

/// The checks themselves: each finds a text that nothing escaped.
TEST(HostileTexts, AreFound) {
  for (const std::string& text : hostile_texts()) {
    const bool found = !fault_of_log(text).empty() || !fault_of_log(wrap(text, 120)).empty() ||
                       !fault_of_markdown(text).empty() || !fault_of_markdown("- " + text).empty() ||
                       !fault_of_markdown("|a|\n|-|\n|" + text + "|").empty() || !fault_of_csv(text + "\r\n").empty() ||
                       !fault_of_metrics("lanemark_x{a=\"" + text + "\"} 1\n# EOF\n").empty() ||
                       text.find('%') != std::string::npos || text.find('&') != std::string::npos;
    EXPECT_TRUE(found) << text;
  }
}

}  // namespace
}  // namespace lanemark
