// SPDX-License-Identifier: MIT

#include "bench/gate/gate_name.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include "bench/commands/gate.hpp"
#include "bench/report/gate/open_metrics.hpp"
#include "tests/bench/gate/launches_by_hand.hpp"
#include "tests/bench/record/temporary_folder.hpp"
#include "tests/bench/report/gate/examples.hpp"

namespace lanemark {
namespace {

TEST(GateName, IsTheGivenOneOrTheFilesOrTheRecords) {
  EXPECT_EQ(gate_name("mine", "a.prom", "runs/new"), "mine");
  EXPECT_EQ(gate_name("", "metrics/collectives.prom", "runs/new"), "collectives");
  EXPECT_EQ(gate_name("", "a.b.prom", "runs/new"), "a.b");
  EXPECT_EQ(gate_name("", "a.txt", "runs/new"), "a.txt");
  EXPECT_EQ(gate_name("", "-", "runs/new"), "new");
  EXPECT_EQ(gate_name("", "-", "runs/new/"), "new");
  EXPECT_EQ(gate_name("", "-", "."), std::filesystem::current_path().filename().string());
}

/// Files of one folder as node_exporter's textfile collector puts them together: it refuses a series that comes twice,
/// and a family of which they say different things.
class Collected {
 public:
  void add(const std::string& file) {
    std::istringstream lines{file};
    std::string family;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("# TYPE ") || line.starts_with("# HELP ")) {
        const std::size_t end = line.find(' ', 7);
        const auto [said, anew] = said_.emplace(line.substr(0, end), line.substr(end));
        if (!anew && said->second != line.substr(end)) faults_ += line + '\n';
      } else if (!line.starts_with('#')) {
        if (!series_.insert(line.substr(0, line.rfind(' '))).second) faults_ += line + '\n';
      }
    }
  }
  [[nodiscard]] const std::string& faults() const { return faults_; }
  [[nodiscard]] std::size_t series() const { return series_.size(); }

 private:
  std::map<std::string, std::string> said_;
  std::set<std::string> series_;
  std::string faults_;
};

TEST(GateName, KeepsSeriesOfTwoGatesApart) {
  std::vector<Judgement> one = all_examples();
  std::vector<Judgement> other = all_examples();
  Collected without_names;
  without_names.add(gate_open_metrics(one));
  without_names.add(gate_open_metrics(other));
  EXPECT_NE(without_names.faults(), "");
  for (Judgement& judgement : one) judgement.gate = "one";
  for (Judgement& judgement : other) judgement.gate = "other";
  Collected named;
  named.add(gate_open_metrics(one));
  named.add(gate_open_metrics(other));
  EXPECT_EQ(named.faults(), "");
  EXPECT_GT(named.series(), 100U);
}

std::string read_back(const std::filesystem::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

TEST(GateName, TwoGatesOfOneMachineFillOneFolder) {
  const TemporaryFolder folder;
  GateCommandOptions gate;
  gate.baselines = (folder.path() / "baselines").string();
  gate.comparison.colour = "never";
  for (const std::string name : {"a", "b"}) {
    std::filesystem::create_directory(folder.path() / name);
    written(folder.path() / name, {.measurements = {measurement_of(all_reduce_case(), 1e-5)}});
    gate.run = {(folder.path() / name).string()};
    gate.comparison.outputs.assign(1, "openmetrics=" + (folder.path() / (name + ".prom")).string());
    testing::internal::CaptureStdout();
    gate_command(gate);
    testing::internal::GetCapturedStdout();
  }
  Collected both;
  both.add(read_back(folder.path() / "a.prom"));
  both.add(read_back(folder.path() / "b.prom"));
  EXPECT_EQ(both.faults(), "");
  EXPECT_GT(both.series(), 20U);
}

}  // namespace
}  // namespace lanemark
