// SPDX-License-Identifier: MIT

#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/training/network.hpp"
#include "bench/training/step.hpp"
#include "collectives/core/communicator.hpp"
#include "tests/device_under_test.hpp"

namespace lanemark {

inline Network build(std::string_view model, std::string_view shape) {
  return Registry<Model>::get("model", model).build(shape);
}

inline const SyncStrategy& strategy(std::string_view name) { return Registry<SyncStrategy>::get("strategy", name); }

/// Small whole numbers in place of parameters, inputs and the loss's gradient, so that every sum of a step is exact
/// in fp32 and any order of adding gives the same bits.
class WholeNumbers {
 public:
  /// Overwrites parameters and inputs, which depend on the sample's place in the whole batch only.
  static void fill(TrainingStep& step, std::size_t first_sample) {
    const Replica replica = step.replica();
    put(step, replica.parameters, 0, 11);
    put(step, replica.local.inputs, first_sample * replica.local.input_size, 23);
    if (!replica.global.inputs.empty()) put(step, replica.global.inputs, 0, 23);
  }

  /// A loss whose gradient is whole and depends on the sample's label, so that mixing up rows shows.
  static void loss(const Executor& on, const Batch& batch) {
    const std::vector<std::int32_t> labels = download(on.stream, batch.labels);
    std::vector<float> gradient(batch.samples * batch.classes);
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const auto label = static_cast<std::size_t>(labels[i / batch.classes]);
      gradient[i] = static_cast<float>((label * 7 + i % batch.classes * 3) % 5) - 2;
    }
    upload<float>(on.stream, gradient, batch.output_gradients);
  }

 private:
  static void put(TrainingStep& step, DeviceSpan<float> values, std::size_t first, std::uint64_t salt) {
    std::vector<float> whole(values.size());
    for (std::size_t i = 0; i < whole.size(); ++i) {
      whole[i] = static_cast<float>(((first + i) * 2654435761U + salt) / 7 % 5) - 2;
    }
    upload<float>(step.stream(), whole, values);
  }
};

}  // namespace lanemark
