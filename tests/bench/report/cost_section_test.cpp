// SPDX-License-Identifier: MIT

#include "bench/report/cost_section.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "bench/report/console.hpp"
#include "tests/bench/report/examples.hpp"

namespace lanemark {
namespace {

/// 1 KiB to 4 MiB by 8, with `us` plus a microsecond for each `per_us` bytes.
std::vector<Measurement> rows(
    double us, double per_us, const std::function<void(Case&)>& change = [](Case&) {}) {
  std::vector<Measurement> all;
  for (std::uint64_t size = 1024; size <= 4U << 20U; size *= 8) {
    Measurement m = all_reduce_row(size);
    const double time = us + static_cast<double>(size) / per_us;
    m.samples = microseconds({time, 2 * time, 0.5 * time});
    change(m.what);
    all.push_back(m);
  }
  return all;
}

std::vector<Measurement> operator+(std::vector<Measurement> a, const std::vector<Measurement>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

void staged(Case& what) { what.backend = "mpi_staged"; }

/// What it says below the table, without the legend.
std::string said(const std::vector<Measurement>& all) {
  const std::string text = cost_section(all, Format::text);
  const std::string legend_end = "the median and the largest.\n";
  const std::size_t at = text.find(legend_end);
  return at == std::string::npos ? text : text.substr(at + legend_end.size());
}

TEST(CostSection, TableAndCrossover) {
  EXPECT_EQ(cost_section(rows(20, 200'000) + rows(5, 2'000, staged), Format::text),
            R"(cost model
  curve                                         latency  rate GB/s   n 1/2  residual %  worst %  sizes
  -------------------------------------------  --------  ---------  ------  ----------  -------  -----
  all_reduce/nccl/float/latency/ranks:4        20.00 us      200.0  3.8MiB         0.0      0.0      5
  all_reduce/mpi_staged/float/latency/ranks:4  5.000 us      2.000  9.8KiB         0.0      0.0      5
time = latency + size / rate, fitted; rate: the model's algbw at sizes without end; n 1/2: the size that gets half of
it; residual and worst: how far the measured medians lie from the model, the median and the largest.
  all_reduce float, 4 ranks, latency: mpi_staged is faster up to 26KiB, nccl above

)");
}

TEST(CostSection, Markdown) {
  EXPECT_EQ(cost_section(rows(20, 200'000) + rows(5, 2'000, staged), Format::markdown),
            R"(### cost model

| curve | latency | rate GB/s | n 1/2 | residual % | worst % | sizes |
|:---|---:|---:|---:|---:|---:|---:|
| `all_reduce/nccl/float/latency/ranks:4` | 20.00 us | 200.0 | 3.8MiB | 0.0 | 0.0 | 5 |
| `all_reduce/mpi_staged/float/latency/ranks:4` | 5.000 us | 2.000 | 9.8KiB | 0.0 | 0.0 | 5 |

time = latency + size / rate, fitted; rate: the model's algbw at sizes without end; n 1/2: the size that gets half of
it; residual and worst: how far the measured medians lie from the model, the median and the largest.

- all\_reduce float, 4 ranks, latency: mpi\_staged is faster up to 26KiB, nccl above

)");
}

TEST(CostSection, StandsBelowTheTablesOfItsSuite) {
  const std::string text = report(rows(20, 200'000), Format::text);
  const std::size_t at = text.find("\n\ncost model\n");
  ASSERT_NE(at, std::string::npos) << text;
  EXPECT_GT(at, text.find("4MiB")) << text;
}

TEST(CostSection, NoneWithoutEnoughSizes) {
  EXPECT_EQ(cost_section({}, Format::text), "");
  EXPECT_EQ(cost_section({all_reduce_row(1024), all_reduce_row(1 << 20)}, Format::text), "");
  // A short curve is left out, the other stays.
  Measurement other = all_reduce_row(1024);
  staged(other.what);
  EXPECT_EQ(cost_section(rows(20, 200'000) + std::vector{other}, Format::text),
            cost_section(rows(20, 200'000), Format::text));
}

TEST(CostSection, WrongAndSkippedRowsDoNotCount) {
  const std::vector<Measurement> right = rows(20, 200'000);
  EXPECT_EQ(cost_section(right + std::vector{wrong(all_reduce_row(1 << 28, 1e-3)), skipped(all_reduce_row(8), "why")},
                         Format::text),
            cost_section(right, Format::text));
}

TEST(CostSection, ARepeatedCaseCountsOnceWithItsMedian) {
  std::vector<Measurement> repeated;
  for (const double factor : {1.0, 40.0, 0.01}) {
    for (Measurement m : rows(20, 200'000)) {
      for (Seconds& sample : m.samples) sample *= factor;
      m.repetition = static_cast<int>(factor);
      repeated.push_back(m);
    }
  }
  EXPECT_EQ(cost_section(repeated, Format::text), cost_section(rows(20, 200'000), Format::text));
}

TEST(CostSection, TermsThatNoSizeShowsAreNotShown) {
  const std::string flat = cost_section(rows(20, 1e9), Format::markdown);
  EXPECT_NE(flat.find("| 20.00 us | - | &gt; 4MiB |"), std::string::npos) << flat;
  const std::string steep = cost_section(rows(0.001, 200'000), Format::markdown);
  EXPECT_NE(steep.find("| - | 200.0 | &lt; 1KiB |"), std::string::npos) << steep;
}

TEST(CostSection, ComparesWaysOfOneBackend) {
  const auto tree = [](Case& what) { what.labels = {{"op", "max"}, {"algo", "tree"}, {"proto", "ll"}}; };
  const auto untold = [](Case& what) { what.labels = {{"op", "max"}}; };
  EXPECT_EQ(
      said(rows(20, 200'000, untold) + rows(5, 2'000, tree)),
      "  all_reduce float over nccl, 4 ranks, latency, op:max: algo:tree proto:ll is faster up to 26KiB, the default "
      "above\n\n");
}

TEST(CostSection, ComparesGraphsWithTheSameModeAlone) {
  const auto graph = [](Case& what) { what.mode = "graph_latency"; };
  const auto bandwidth = [](Case& what) { what.mode = "bandwidth"; };
  EXPECT_EQ(said(rows(20, 200'000) + rows(5, 2'000, graph)),
            "  all_reduce float over nccl, 4 ranks: graph_latency is faster up to 26KiB, latency above\n\n");
  EXPECT_EQ(said(rows(20, 200'000, bandwidth) + rows(5, 2'000, graph)), "\n");
}

TEST(CostSection, ComparesNothingThatDiffersInMore) {
  const auto more_ranks = [](Case& what) { what.ranks = 8; };
  const auto other_type = [](Case& what) { what.dtype = "half"; };
  const auto other_cache = [](Case& what) { what.labels = {{"cache", "warm"}}; };
  const auto staged_max = [](Case& what) {
    what.backend = "mpi_staged";
    what.labels = {{"op", "max"}};
  };
  for (const auto& change : std::vector<std::function<void(Case&)>>{more_ranks, other_type, other_cache, staged_max}) {
    EXPECT_EQ(said(rows(20, 200'000) + rows(5, 2'000, change)), "\n");
  }
  std::vector<Measurement> elsewhere = rows(5, 2'000, staged);
  for (Measurement& m : elsewhere) m.device = "host";
  EXPECT_EQ(said(rows(20, 200'000) + elsewhere), "\n");
}

TEST(CostSection, SeveralChangesAreOneSentence) {
  std::vector<Measurement> other = rows(5, 2'000, staged);
  for (Seconds& sample : other.back().samples) sample *= 1e-3;
  const std::string text = said(rows(20, 200'000) + other);
  EXPECT_EQ(text,
            "  all_reduce float, 4 ranks, latency: mpi_staged is faster up to 26KiB, nccl up to 1.3MiB, mpi_staged "
            "above\n\n");
}

TEST(CostSection, DevicesAreNamedWhereTheyDiffer) {
  std::vector<Measurement> elsewhere = rows(20, 200'000);
  for (Measurement& m : elsewhere) m.device = "host";
  const std::string text = cost_section(rows(20, 200'000) + elsewhere, Format::text);
  EXPECT_NE(text.find("ranks:4 (cuda)  20.00 us"), std::string::npos) << text;
  EXPECT_NE(text.find("ranks:4 (host)  20.00 us"), std::string::npos) << text;
}

}  // namespace
}  // namespace lanemark
