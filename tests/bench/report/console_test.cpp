// SPDX-License-Identifier: MIT

#include "bench/report/console.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "bench/text/characters.hpp"
#include "kernels/core/registry.hpp"
#include "tests/bench/report/examples.hpp"

namespace lanemark {
namespace {

TEST(Report, EverySuiteHasItsTable) {
  for (const std::string_view suite : {"collectives", "transfers", "training", "kernels"}) {
    EXPECT_NE(Registry<SuiteReport>::find(suite), nullptr) << suite;
  }
}

TEST(Report, Collectives) {
  EXPECT_EQ(report({all_reduce_row(1024), wrong(all_reduce_row(4096)), all_reduce_row(1 << 30, 500),
                    skipped(all_reduce_row(1ULL << 40), "out of memory: use a smaller size")},
                   Format::text),
            R"(collectives
===========

all_reduce over nccl, 4 ranks, latency (cuda, device buffers); limit: NVLink, one direction, 450.0 GB/s
  size      count  type   op     median       p99  slowest rank  algbw GB/s  busbw GB/s  % limit  verified
  ----  ---------  -----  ---  --------  --------  ------------  ----------  ----------  -------  --------
  1KiB        256  float  sum  10.00 us  10.98 us      3 (67 %)       0.102       0.154      0.0  yes
  4KiB       1024  float  sum         -         -                         -           -        -  WRONG
      4KiB: WRONG, 3 of 256 elements, the first at 17, rank 2
  1GiB  268435456  float  sum  5.000 ms  5.490 ms      3 (67 %)       214.7       322.1     71.6  yes

WRONG data in 1 of 4 cases (no speed is reported for them)
  all_reduce/nccl/float/4KiB/latency/ranks:4: 3 of 256 elements, the first at 17, rank 2

Skipped: 1 of 4 cases
  skipped all_reduce/nccl/float/1TiB/latency/ranks:4: out of memory: use a smaller size

3 cases measured, 2 verified.
)");
}

TEST(Report, CollectivesMarkdown) {
  EXPECT_EQ(report({all_reduce_row(1024)}, Format::markdown),
            R"(## collectives

### all\_reduce over nccl, 4 ranks, latency (cuda, device buffers); limit: NVLink, one direction, 450.0 GB/s

| size | count | type | op | median | p99 | slowest rank | algbw GB/s | busbw GB/s | % limit | verified |
|---:|---:|:---|:---|---:|---:|---:|---:|---:|---:|:---|
| 1KiB | 256 | float | sum | 10.00 us | 10.98 us | 3 (67 %) | 0.102 | 0.154 | 0.0 | yes |

1 case measured, 1 verified.
)");
}

TEST(Report, Transfers) {
  EXPECT_EQ(report({transfer_row("host_to_device", "pinned", "0"), transfer_row("device_to_host", "pageable", "all"),
                    transfer_row("memory_copy", "pageable", "0")},
                   Format::text),
            R"(transfers
=========

host and GPU memory, bandwidth; limit: PCIe, one direction, 63.00 GB/s
  direction       memory    GPUs           size    median       p99  slowest rank   GB/s  % limit  verified
  --------------  --------  -------------  ----  --------  --------  ------------  -----  -------  --------
  host to device  pinned    0 alone        1MiB  20.00 us  20.00 us                52.43     83.2  yes
  device to host  pageable  all 2 at once  1MiB  20.00 us  20.00 us     1 (100 %)  52.43     83.2  yes

memory copy on the CPU (no GPU here), bandwidth
  direction    ranks    size    median       p99   GB/s  verified
  -----------  -------  ----  --------  --------  -----  --------
  memory copy  0 alone  1MiB  20.00 us  20.00 us  52.43  yes

3 cases measured, 3 verified.
)");
}

TEST(Report, Training) {
  EXPECT_EQ(report({training_row("bucketed", 1, 1000), training_row("data_parallel", 2, 2000),
                    training_row("bucketed", 2, 800), training_row("data_parallel", 1, 1000)},
                   Format::text),
            R"(training
========

mlp, strong scaling (host), batch 256 in all, over mpi (host memory), 1000 parameters
  strategy       ranks      step       p99  samples/s   exposed  speed-up  eff. %          sent  peak memory  verified
  -------------  -----  --------  --------  ---------  --------  --------  ------  ------------  -----------  --------
  bucketed           1  1.000 ms  1.000 ms     256000  250.0 us      1.00   100.0      3.750 MB     40.00 MB  yes
      bucketed, 1 rank: forward 250.0 us, backward 750.0 us
  data_parallel      2  2.000 ms  2.000 ms     128000  500.0 us      0.50    25.0  3.75/1.25 MB     40.00 MB  yes
      data_parallel, 2 ranks: forward 500.0 us, backward 1.500 ms
  bucketed           2  800.0 us  800.0 us     320000  200.0 us      1.25    62.5  3.75/1.25 MB     40.00 MB  yes
      bucketed, 2 ranks: forward 200.0 us, backward 600.0 us
  data_parallel      1  1.000 ms  1.000 ms     256000  250.0 us      1.00   100.0      3.750 MB     40.00 MB  yes
      data_parallel, 1 rank: forward 250.0 us, backward 750.0 us
At 2 ranks bucketed does 320000 samples/s: 2.50 times as fast as data_parallel. Slower than one rank alone:
data_parallel with 2 ranks (0.50 of one rank's samples/s).

exposed: the step less the same step without communication. sent and peak memory: per rank, root / others
where they differ. Times below a row: its phases, the slowest rank's median.

4 cases measured, 4 verified.
)");
}

TEST(Report, WhatWasSkippedIsListedOnce) {
  std::vector<Measurement> rows;
  for (const Measurement& one :
       {all_reduce_row(1024), transfer_row("host_to_device", "pinned", "0"), training_row("bucketed", 2, 1000)}) {
    rows.push_back(one);
    rows.push_back(skipped(one, "why of " + one.what.suite));
  }
  rows.push_back(skipped(all_reduce_row(64), "why of kernels"));
  rows.back().what.suite = "kernels";
  for (const Format format : {Format::text, Format::markdown}) {
    const std::string text = report(rows, format);
    for (const std::string_view suite : {"collectives", "transfers", "training", "kernels"}) {
      const std::string why = "why of " + std::string{suite};
      ASSERT_NE(text.find(why), std::string::npos) << text;
      EXPECT_EQ(text.find(why), text.rfind(why)) << text;
    }
    EXPECT_EQ(text.find("kernels\n="), std::string::npos) << "a suite of which nothing was measured has no table";
  }
}

TEST(Report, RowsOfUnevenSamplesSaySo) {
  const std::string legend =
      "^: uneven samples, whose mean is more than 1.2 times the median (here up to 5.638 times); rates over many steps "
      "come from the mean";
  Measurement other = all_reduce_row(1024);
  other.what.suite = "brand new";
  for (const Measurement& row : {training_row("bucketed", 1, 1000), all_reduce_row(1024),
                                 transfer_row("host_to_device", "pinned", "0"), other}) {
    const std::string text = report({row, in_bursts(row)}, Format::markdown);
    EXPECT_NE(text.find("| 5.800 us ^ |"), std::string::npos) << text;
    EXPECT_NE(text.find("\n\n- " + legend + "\n"), std::string::npos) << text;
    EXPECT_EQ(text.find(" ^ |"), text.rfind(" ^ |")) << "one row alone\n" << text;
    EXPECT_NE(report({in_bursts(row)}, Format::text).find("5.800 us ^"), std::string::npos);
    EXPECT_EQ(report({row}, Format::text).find('^'), std::string::npos);
    EXPECT_EQ(report({wrong(in_bursts(row))}, Format::text).find('^'), std::string::npos) << "no speed, no mark";
  }
  EXPECT_NE(report({in_bursts(training_row("bucketed", 1, 1000))}, Format::markdown).find("| 7828746 |"),
            std::string::npos)
      << "samples/s of the mean";
}

TEST(Report, SaysWhyAStepCouldNotBeVerified) {
  Measurement m = training_row("bucketed", 2, 1000);
  m.verdict = {Verdict::Kind::unverified, "its parameters overflow"};
  const std::string text = report({m}, Format::text);
  EXPECT_NE(text.find("bucketed, 2 ranks: not verified, its parameters overflow"), std::string::npos) << text;
  EXPECT_NE(text.find("1 case measured, 0 verified."), std::string::npos) << text;
}

TEST(Report, SuitesComeInTheirOrderWhateverWasMeasuredFirst) {
  Measurement other = all_reduce_row(1024);
  other.what.suite = "brand new";
  const std::string text = report(
      {other, training_row("bucketed", 1, 1000), transfer_row("memory_copy", "pageable", "0"), all_reduce_row(1024)},
      Format::text);
  std::size_t before = 0;
  for (const std::string_view suite : {"collectives\n=", "transfers\n=", "training\n=", "brand new\n="}) {
    const std::size_t at = text.find(suite);
    ASSERT_NE(at, std::string::npos) << suite;
    EXPECT_GE(at, before) << suite;
    before = at;
  }
}

TEST(Report, WrongDataIsNeverASpeed) {
  // 1 TB/s would be a striking speed.
  Measurement collective = wrong(all_reduce_row(1'000'000'000'000, 1e5));
  Measurement step = wrong(training_row("bucketed", 2, 987));
  Measurement transfer = wrong(transfer_row("host_to_device", "pinned", "all"));
  Measurement unknown = wrong(all_reduce_row(1024, 987));
  unknown.what.suite = "brand new";
  const std::string text = report({collective, step, transfer, unknown}, Format::text);
  for (const std::string_view speed : {"1.000 s", "1500 ", "987.0", "52.43", "20.00 us", "9.870"}) {
    EXPECT_EQ(text.find(speed), std::string::npos) << speed << '\n' << text;
  }
  EXPECT_NE(text.find("WRONG data in 4 of 4"), std::string::npos) << text;
}

TEST(Report, RowsFitAPage) {
  Measurement wide = all_reduce_row(1ULL << 40, 1e6);
  wide.what.labels = {{"op", "prod"}, {"root", "3"}};
  wide.what.dtype = "bfloat16";
  const std::string text = report({wide, training_row("data_parallel", 64, 987654)}, Format::text);
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    EXPECT_LE(character_count(text.substr(begin, end - begin)), 120U) << text.substr(begin, end - begin);
    begin = end + 1;
  }
}

TEST(Report, RepetitionsAndLimitsGetAColumnWhereTheyDiffer) {
  Measurement again = all_reduce_row(1024);
  again.repetition = 1;
  EXPECT_NE(report({all_reduce_row(1024), again}, Format::markdown).find("| rep |"), std::string::npos);
  Measurement other = all_reduce_row(1024);
  other.limit = Limit{"PCIe, one direction", {63e9}};
  const std::string text = report({all_reduce_row(1024), other}, Format::markdown);
  EXPECT_NE(text.find("| PCIe, one direction, 63.00 GB/s |"), std::string::npos) << text;
}

}  // namespace
}  // namespace lanemark
