// SPDX-License-Identifier: MIT

#include "bench/record/environment.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <list>
#include <random>
#include <string>

#include "bench/record/launch.hpp"
#include "tests/bench/record/variable.hpp"

namespace lanemark {
namespace {

TEST(Environment, OnlyListedNamesAreRecorded) {
  // A value found nowhere else, under names that look like listed ones.
  const std::string secret = "sentinel-" + std::to_string(std::random_device{}());
  std::list<Variable> set;
  for (const char* name : {"NCCL_SECRET_TOKEN", "AWS_SECRET", "AWS_SECRET_ACCESS_KEY", "OMPI_MCA_plm_password",
                           "OMP_NUM_THREADS_TOKEN", "CUDA_API_KEY", "NCCL_ALGO_", "nccl_algo", "UCX_SECRET"}) {
    set.emplace_back(name, secret);
  }
  set.emplace_back("NCCL_ALGO", "Ring");
  LaunchHeader header;
  header.environment = recorded_environment();
  EXPECT_EQ(header.environment.at("NCCL_ALGO"), "Ring");
  EXPECT_EQ(to_json(header).dump().find(secret), std::string::npos);
}

TEST(Environment, ListIsExactNamesEachOnce) {
  const auto names = recordable_variables();
  std::vector<std::string_view> sorted{names.begin(), names.end()};
  std::ranges::sort(sorted);
  EXPECT_EQ(std::ranges::adjacent_find(sorted), sorted.end());
  for (const std::string_view name : names) {
    EXPECT_FALSE(name.empty());
    EXPECT_EQ(name.find_first_of("*? ="), std::string_view::npos) << name;
    for (const std::string_view dubious : {"TOKEN", "SECRET", "KEY", "PASS", "FILE", "PATH"}) {
      EXPECT_EQ(name.find(dubious), std::string_view::npos) << name;
    }
  }
  for (const std::string_view known : {"NCCL_NVLS_ENABLE", "NCCL_IB_HCA", "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES"}) {
    EXPECT_NE(std::ranges::find(names, known), names.end()) << known;
  }
}

}  // namespace
}  // namespace lanemark
