// SPDX-License-Identifier: MIT

#include "bench/engine/agreed.hpp"

#include <optional>
#include <string>

#include "kernels/core/error.hpp"

namespace lanemark {

void agreed(const World& world, const std::function<void()>& work) {
  std::optional<std::string> problem;
  try {
    work();
  } catch (const UsageError& error) {
    problem = error.what();
  }
  if (const auto first = world.first_problem(problem)) throw UsageError(*first);
}

}  // namespace lanemark
