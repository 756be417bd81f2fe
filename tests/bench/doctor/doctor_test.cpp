// SPDX-License-Identifier: MIT

#include "bench/doctor/doctor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

World world() { return {MPI_COMM_WORLD, {DeviceKind::host, 0}}; }

bool fails = false;
const Registered<DoctorPart> failing{{.name = "a test's own", .order = 1000, .run = [](const World&) {
                                        if (fails) throw std::runtime_error("it broke");
                                        return std::vector<Finding>{};
                                      }}};

TEST(Doctor, PartsArePresentByName) {
  std::vector<std::string_view> names{"host", "mpi"};
#ifdef LANEMARK_WITH_CUDA
  names.insert(names.end(), {"driver", "gpus", "peers", "nccl"});
#else
  names.emplace_back("cuda");
#endif
  for (const std::string_view name : names) EXPECT_NE(Registry<DoctorPart>::find(name), nullptr) << name;
}

TEST(Doctor, EveryFindingSaysSomethingAndEveryProblemHasACure) {
  const std::vector<Finding> findings = examine(world());
  EXPECT_FALSE(findings.empty());
  for (const Finding& one : findings) {
    EXPECT_FALSE(one.text.empty());
    EXPECT_NE(Registry<DoctorPart>::find(one.part), nullptr) << one.part;
    EXPECT_TRUE(one.level != Finding::Level::problem || !one.cure.empty()) << one.text;
  }
}

TEST(Doctor, APartThatThrowsIsAProblemAndTheOthersStillRun) {
  fails = true;
  const std::vector<Finding> findings = examine(world());
  fails = false;
  ASSERT_GT(findings.size(), 1U);
  EXPECT_EQ(findings.back().level, Finding::Level::problem);
  EXPECT_NE(findings.back().text.find("it broke"), std::string::npos);
  EXPECT_FALSE(findings.back().cure.empty());
}

TEST(Doctor, AllRanksGetOneDiagnosis) {
  const World all = world();
  const Diagnosis diagnosis = diagnose(all);
  const std::string text = '\n' + diagnosis.text;
  ASSERT_NE(text.find("\nhost\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("\nhost\n"), text.rfind("\nhost\n")) << "once, though every rank of the node is here";
  EXPECT_EQ(all.broadcast(diagnosis.text), diagnosis.text);
}

}  // namespace
}  // namespace lanemark
