// SPDX-License-Identifier: MIT

#include "bench/record/disturbances.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "bench/record/store.hpp"
#include "tests/bench/record/temporary_folder.hpp"
#include "tests/bench/record/whole_record.hpp"
#include "tests/bench/report/examples.hpp"

namespace lanemark {
namespace {

/// Timed for 10 s on two processors, of which others took so many seconds.
Measurement beside(double others, std::uint64_t size = 1024) {
  Measurement m = all_reduce_row(size);
  m.processors = ProcessorUse{.available = Seconds{20}, .others = Seconds{others}, .window = Seconds{10}};
  return m;
}

LaunchHeader header() {
  LaunchHeader all = header_from_json(whole_record().header);
  all.gpus.clear();
  all.crowding.clear();
  all.accepted_load.clear();
  all.ranks = 4;
  return all;
}

Launch recorded(const LaunchHeader& of, const std::vector<Measurement>& all) {
  const TemporaryFolder folder;
  Recorder recorder{folder.path(), of};
  for (const Measurement& m : all) recorder.write(m);
  return read_launch(recorder.finish());
}

TEST(Disturbances, ALaunchIsTaintedByWhatOthersTookOverAllCases) {
  EXPECT_TRUE(recorded(header(), {beside(0), beside(1.9, 8)}).footer->taints.empty());
  const Launch tainted = recorded(header(), {beside(0), beside(2.1, 8)});
  ASSERT_EQ(tainted.footer->taints.size(), 1U);
  EXPECT_EQ(tainted.footer->taints.front(),
            "while cases were timed, other processes took 5 % of the time of the processors that these ranks may use");
  EXPECT_TRUE(tainted.footer->accepted.empty());
}

TEST(Disturbances, CasesThatWereNotTimedDoNotCount) {
  EXPECT_TRUE(recorded(header(), {skipped(beside(20), "no memory"), beside(0, 8)}).footer->taints.empty());
}

TEST(Disturbances, TooFewProcessorsTaint) {
  LaunchHeader crowded = header();
  crowded.crowding = "5 ranks need 5 processors";
  EXPECT_EQ(recorded(crowded, {beside(0)}).footer->taints, std::vector{crowded.crowding});
}

TEST(Disturbances, AcceptedLoadIsKeptAndDoesNotTaint) {
  LaunchHeader accepted = header();
  accepted.crowding = "5 ranks need 5 processors";
  accepted.accepted_load = "a shared runner";
  const Launch launch = recorded(accepted, {beside(10)});
  EXPECT_TRUE(launch.footer->taints.empty());
  EXPECT_EQ(launch.footer->accepted.size(), 2U);
  EXPECT_EQ(launch.header.accepted_load, "a shared runner");
}

TEST(Disturbances, GpusThatThrottleWhileACaseIsTimedTaintWhateverWasAccepted) {
  LaunchHeader accepted = header();
  accepted.accepted_load = "a shared runner";
  Measurement hot = beside(0);
  hot.gpus = {{.rank = 1, .throttle_reasons = {"thermal"}}};
  const Launch launch = recorded(accepted, {hot, beside(0, 8)});
  ASSERT_EQ(launch.footer->taints.size(), 1U);
  EXPECT_EQ(launch.footer->taints.front(), "the GPU of rank 1 throttled: thermal, in 1 of 2 cases");
}

TEST(Disturbances, AFooterThatHidesWhatItsLinesTellIsRefused) {
  const auto text = [](const LaunchHeader& of, bool hidden) {
    LaunchFooter footer{.measurements = 1, .ended = of.started, .gpus = {}, .taints = {}};
    if (!hidden) footer.taints = {"others"};
    return to_json(of).dump() + '\n' + to_json(beside(10)).dump() + '\n' + to_json(footer).dump() + '\n';
  };
  EXPECT_EQ(refusal_of(text(header(), false)), "");
  EXPECT_NE(refusal_of(text(header(), true)).find("field 'tainted' is false, and by the lines before it is"),
            std::string::npos);
  LaunchHeader accepted = header();
  accepted.accepted_load = "why not";
  EXPECT_EQ(refusal_of(text(accepted, true)), "");
}

TEST(Disturbances, NobodyAcceptsWithoutAReason) {
  WholeRecord record = whole_record();
  record.header.erase("accepted_load");
  EXPECT_NE(refusal_of(record.text()).find("field 'accepted' has reasons"), std::string::npos);
}

}  // namespace
}  // namespace lanemark
