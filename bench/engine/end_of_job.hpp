// SPDX-License-Identifier: MIT

#pragma once

#include <functional>
#include <string>

#include "bench/measurement/exit_code.hpp"

namespace lanemark {

/// Ends this process with ExitCode::timeout, and the whole job with it: says why, lets `last_words`, where there are
/// any, do so too, and calls MPI_Abort where MPI can be asked. Each may hang itself, on a pipe that is full, a disk
/// that is dead, an MPI that waits: none is waited for more than a few seconds.
[[noreturn]] void end_job(const std::string& why, const std::function<void(const std::string& why)>& last_words);

}  // namespace lanemark
