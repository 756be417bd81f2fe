// SPDX-License-Identifier: MIT

// The kernels' suite from its command line to its measurements, on the CPU.

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "bench/engine/runner.hpp"
#include "bench/engine/suite.hpp"
#include "bench/kernels/shapes.hpp"
#include "bench/kernels/trial.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

class KernelsSuiteTest : public ::testing::Test {
 protected:
  /// What `lanemark run kernels ARGUMENTS` plans.
  std::vector<PlannedCase> plan(const std::string& arguments) {
    suites_.push_back(Registry<SuiteEntry>::get("suite", "kernels").make());
    CLI::App app;
    suites_.back()->add_options(app);
    app.parse(arguments);
    return suites_.back()->plan(context_);
  }
  std::string refusal(const std::string& arguments) {
    try {
      static_cast<void>(plan(arguments));
    } catch (const UsageError& error) {
      return error.what();
    } catch (const CLI::ParseError& error) {
      return error.what();
    }
    return {};
  }
  std::vector<Measurement> run(const std::vector<PlannedCase>& cases) {
    Watchdog watchdog{Seconds{120}};
    Runner runner{world_,
                  {.timing = {.min_time = Seconds{1e-4}, .min_samples = 3, .warm_up_operations = 2},
                   .progress = ProgressMode::off},
                  watchdog,
                  [](const Measurement&) {}};
    return runner.run(cases);
  }

  static std::set<std::string> values(const std::vector<PlannedCase>& cases, std::string Case::*field) {
    std::set<std::string> all;
    for (const PlannedCase& one : cases) all.insert(one.what.*field);
    return all;
  }
  using Names = std::set<std::string>;

 private:
  static DeviceProperties small_cache() {
    DeviceProperties device = properties(Device{});
    device.last_level_cache = Bytes{4096};
    return device;
  }

 protected:
  World world_{MPI_COMM_WORLD, {}};
  Communicators communicators_;
  SuiteContext context_{.world = world_,
                        .communicators = communicators_,
                        .device = small_cache(),
                        .ranks = {},
                        .backends = {},
                        .sizes = {},
                        .memory_limit = {}};

 private:
  std::vector<std::unique_ptr<Suite>> suites_;
};

TEST_F(KernelsSuiteTest, PlansAllKernelsInBothTypesOfACpu) {
  const auto cases = plan("");
  EXPECT_EQ(values(cases, &Case::operation).size(), Registry<Kernel>::all().size());
  EXPECT_EQ(values(cases, &Case::dtype), (Names{"bfloat16", "float"}));
  EXPECT_EQ(values(cases, &Case::backend), (Names{"hand", "library"}));
}

TEST_F(KernelsSuiteTest, FlagsNarrowThePlan) {
  EXPECT_EQ(values(plan("--kernel copy,triad"), &Case::operation), (Names{"copy", "triad"}));
  EXPECT_EQ(values(plan("--kernel-type bfloat16"), &Case::dtype), Names{"bfloat16"});
  EXPECT_EQ(values(plan("--kernel-compute library"), &Case::backend), Names{"library"});
  EXPECT_EQ(plan("--kernel adamw").size(), 1U);  // its arrays are floats whatever the type
  const auto sized = plan("--kernel linear_forward --kernel-shape 8x16x24,1x1x1 --kernel-type float");
  ASSERT_EQ(sized.size(), 4U);
  EXPECT_EQ(label(sized.front().what, "shape"), "8x16x24");
  EXPECT_EQ(label(sized.back().what, "shape"), "1x1x1");
  // A size without kernels is for those matrix kernels that it fits.
  EXPECT_EQ(values(plan("--kernel-shape 8x16x24"), &Case::operation),
            (Names{"linear_forward", "linear_backward_data", "linear_backward_data_relu", "linear_backward_weight"}));
}

TEST_F(KernelsSuiteTest, MistakesAreRefusedByName) {
  for (const auto& [arguments, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"--kernel winograd", "winograd"},
           {"--kernel-type float16", "float16"},
           {"--kernel-compute magic", "magic"},
           {"--kernel linear_forward --kernel-shape 8x16", "rows x inputs x outputs"},
           {"--kernel copy --kernel-shape 8x16", "elements"},
           {"--kernel-shape 8x16", "--kernel"},
           {"--kernel-random -1", "random"},
           {"--kernel-random 1001", "random"}}) {
    EXPECT_NE(refusal(arguments).find(text), std::string::npos) << arguments << ": " << refusal(arguments);
  }
}

TEST_F(KernelsSuiteTest, WhatDoesNotExistIsSaidWithWhatDoes) {
  for (const auto& [arguments, cause, cure] : std::initializer_list<std::array<const char*, 3>>{
           {"--kernel adamw --kernel-type bfloat16", "no kernel to measure in bfloat16",
            "adamw is there in float by hand"},
           {"--kernel linear_forward --kernel-type tf32", "in tf32 by hand, library on the CPU",
            "linear_forward is there in float, bfloat16 by hand, library"},
           {"--kernel copy --kernel-compute library", "in any type by library",
            "copy is there in float, bfloat16 by hand."},
           {"--kernel-type tf32", "on the CPU", "lanemark list kernels"},
           {"--kernel copy --kernel-random 2", "random sizes of products and convolutions only", "--kernel-shape"}}) {
    const std::string text = refusal(arguments);
    EXPECT_NE(text.find(cause), std::string::npos) << arguments << ": " << text;
    EXPECT_NE(text.find(cure), std::string::npos) << arguments << ": " << text;
  }
}

TEST_F(KernelsSuiteTest, RandomSizesAreTheSameForAllKernelsOfAFamily) {
  std::map<KernelFamily, std::set<std::set<std::string>>> shapes;
  for (const Kernel* kernel : Registry<Kernel>::all()) {
    if (!kernel->has_tf32) continue;
    std::set<std::string> of_kernel;
    for (const PlannedCase& one : plan("--kernel-random 5 --kernel " + std::string{kernel->name})) {
      of_kernel.insert(label(one.what, "shape"));
    }
    EXPECT_EQ(of_kernel.size(), 5U) << kernel->name;
    shapes[kernel->family].insert(of_kernel);
  }
  EXPECT_EQ(shapes.size(), 2U);
  for (const auto& [family, sets] : shapes) EXPECT_EQ(sets.size(), 1U);
}

TEST_F(KernelsSuiteTest, RandomSizesFollowTheSeedAndTheirPlaceAlone) {
  const auto five = random_shapes(KernelFamily::linear, false, 5, 3);
  auto seven = random_shapes(KernelFamily::linear, false, 7, 3);
  seven.resize(5);
  EXPECT_EQ(five, seven);
  EXPECT_NE(five, random_shapes(KernelFamily::linear, false, 5, 4));
  for (const std::string& shape : random_shapes(KernelFamily::convolution, true, 20, 3)) {
    EXPECT_NO_THROW(parse_kernel_shape(KernelFamily::convolution, shape)) << shape;
  }
  EXPECT_TRUE(random_shapes(KernelFamily::elements, true, 5, 3).empty());
}

TEST_F(KernelsSuiteTest, HandAndLibraryAreCompanionsAndNoOthers) {
  std::map<std::string, std::set<std::string>> backends;
  for (const PlannedCase& one : plan("--kernel linear_forward,convolution_forward")) {
    EXPECT_TRUE(backends[one.companions].insert(one.what.backend).second) << one.companions;
  }
  EXPECT_EQ(backends.size(), 4U);
  for (const auto& [companions, both] : backends) EXPECT_EQ(both, (Names{"hand", "library"})) << companions;
}

TEST_F(KernelsSuiteTest, OnACpuOnlyKernelsThatMemoryLimitsRotate) {
  const auto memory = [](std::string_view kernel, KernelShape shape, DeviceKind kind) {
    const KernelCase what{&Registry<Kernel>::get("kernel", kernel), std::move(shape), Precision::fp32, Compute::hand,
                          1};
    const Bytes one = what.kernel->memory(what.shape, what.precision);
    return memory_of(what, kind, mebibytes(64)).value / one.value;
  };
  EXPECT_EQ(memory("linear_forward", {64, 256, 256}, DeviceKind::host), 1U);
  EXPECT_GT(memory("linear_forward", {64, 256, 256}, DeviceKind::cuda), 1U);
  EXPECT_GT(memory("copy", {1U << 20U}, DeviceKind::host), 8U);
  EXPECT_EQ(memory("copy", {1U << 20U}, DeviceKind::host), memory("copy", {1U << 20U}, DeviceKind::cuda));
}

TEST_F(KernelsSuiteTest, MeasuresAndVerifiesEveryKernel) {
  for (const char* const arguments : {"--kernel-shape 8x24x16", "--kernel-shape 1x6x5x8x8",
                                      "--kernel copy,adamw,count_non_finite --kernel-shape 5003"}) {
    const auto cases = plan(arguments);
    const auto measurements = run(cases);
    EXPECT_EQ(measurements.size(), cases.size());
    for (const Measurement& m : measurements) {
      EXPECT_TRUE(measured(m)) << name(m.what) << m.skipped;
      EXPECT_EQ(m.verdict.kind, Verdict::Kind::correct) << name(m.what) << ": " << m.verdict.detail;
      EXPECT_FALSE(m.ceilings.empty());
    }
  }
}

}  // namespace
}  // namespace lanemark
