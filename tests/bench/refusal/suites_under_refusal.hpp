// SPDX-License-Identifier: MIT

#pragma once

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/engine/runner.hpp"
#include "bench/engine/suite.hpp"
#include "tests/device_under_test.hpp"

namespace lanemark::test {

/// A suite, as a command line says it, small.
struct SmallSuite {
  std::string suite;
  std::string arguments;
  Bytes size = Bytes{64};
  std::vector<std::string> backends{};  ///< all of the device's if empty
};

/// Runs a suite's cases again and again in one launch, each time as if it were the first: only what the suite itself
/// keeps is kept.
class SuiteRun {
 public:
  explicit SuiteRun(const SmallSuite& small)
      : small_{small}, suite_{Registry<SuiteEntry>::get("suite", small.suite).make()} {
    CLI::App app;
    suite_->add_options(app);
    app.parse(small.arguments);
  }

  /// The cases, or this rank's share of them measured: all on rank 0.
  template <class Work>
  auto with_plan(Work&& work) {
    Communicators communicators;
    DeviceProperties device = properties(world.device());
    device.last_level_cache = Bytes{4096};  // few sets of buffers
    SuiteContext context{.world = world,
                         .communicators = communicators,
                         .device = device,
                         .ranks = {},
                         .backends = {},
                         .backends_given = true,
                         .sizes = {.smallest = small_.size, .largest = small_.size, .factor = 2},
                         .memory_limit = {}};
    for (const std::string& name : small_.backends.empty() ? backends_under_test(world.device()) : small_.backends) {
      context.backends.push_back(&resolve_backend(name, world));
    }
    const std::vector<PlannedCase> cases = suite_->plan(context);
    return work(cases);
  }

  std::vector<Measurement> measure(std::span<const PlannedCase> cases) {
    Watchdog watchdog{Seconds{120}};
    Runner runner{
        world,
        {.timing =
             {.min_time = Seconds{1e-5}, .min_samples = 2, .max_samples = 2, .warm_up_operations = 1, .iterations = 3},
         .progress = ProgressMode::off},
        watchdog,
        [](const Measurement&) {}};
    return runner.run(cases);
  }

  const World world{MPI_COMM_WORLD, device_under_test()};

 private:
  SmallSuite small_;
  std::unique_ptr<Suite> suite_;
};

/// One of each suite's kinds of cases.
inline std::vector<SmallSuite> small_suites() {
  return {
      {.suite = "collectives", .arguments = "--collective all_reduce --mode latency", .size = kibibytes(64)},
      {.suite = "collectives", .arguments = "--collective reduce,all_to_all_v --mode bandwidth --in-place"},
      {.suite = "collectives", .arguments = "--collective all_reduce --mode creation", .backends = {"composed"}},
      {.suite = "collectives",
       .arguments = "--collective reduce_scatter --mode first_call --split mod:2",
       .backends = {"composed"}},
      {.suite = "collectives", .arguments = "--collective barrier,reduce_scatter --mode latency", .size = Bytes{0}},
      {.suite = "transfers", .arguments = "", .size = kibibytes(32)},
      {.suite = "kernels", .arguments = "--kernel linear_forward --kernel-type bfloat16 --kernel-shape 64x72x80"},
      {.suite = "kernels", .arguments = "--kernel momentum_sgd --kernel-shape 5000"},
      {.suite = "training",
       .arguments = "--model mlp=64-96-10 --batch 6 --scaling weak --type float",
       .backends = {"composed"}},
      {.suite = "training",
       .arguments = "--model conv=8-3-16-24-10 --batch 4 --scaling weak --type bfloat16 --sync bucketed",
       .backends = {"composed"}},
  };
}

/// All there is, for a sweep by hand.
inline std::vector<SmallSuite> all_suites() {
  return {
      {.suite = "collectives",
       .arguments = "--collective all --mode latency,bandwidth --op avg",
       .size = kibibytes(64)},
      {.suite = "collectives", .arguments = "--collective all --mode first_call,creation"},
      {.suite = "collectives", .arguments = "--collective all --in-place --split mod:2"},
      {.suite = "kernels", .arguments = "--kernel-shape 64x72x80"},
      {.suite = "kernels", .arguments = "--kernel-shape 2x8x8x40x48"},
      {.suite = "kernels",
       .arguments = "--kernel copy,triad,convert,relu_backward,adamw,pack_tensors,unpack_tensors,"
                    "global_norm,count_non_finite --kernel-shape 5000"},
      {.suite = "kernels", .arguments = "--kernel bias_forward,softmax_cross_entropy --kernel-shape 50x100"},
      {.suite = "kernels",
       .arguments = "--kernel max_pool_forward,max_pool_backward,average_pool_forward,"
                    "average_pool_backward --kernel-shape 4x8x8x20"},
      {.suite = "training", .arguments = "--model mlp=64-96-10,conv=8-3-16-24-10 --batch 6 --type float,bfloat16"},
  };
}

}  // namespace lanemark::test
