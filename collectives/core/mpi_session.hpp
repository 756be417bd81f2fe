// SPDX-License-Identifier: MIT

#pragma once

#include <functional>
#include <optional>
#include <string>

namespace lanemark {

/// The number of processes that a launcher says it started, if it says so and this process's MPI disagrees by seeing
/// a world of one: the program was built for one MPI and the launcher belongs to another, or to none it can speak to.
/// `variable` looks up the environment.
std::optional<int> unseen_processes(const std::function<const char*(const char*)>& variable, int world_size);

}  // namespace lanemark
