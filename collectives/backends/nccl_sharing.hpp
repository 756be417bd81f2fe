// SPDX-License-Identifier: MIT

#pragma once

#include <optional>
#include <string>

namespace lanemark {

/// "2.28.9" of the number that ncclGetVersion gives.
std::string nccl_version_name(int version);

/// Why NCCL cannot serve two ranks on one GPU, with the cure; nothing if it can. `version` is the loaded library's,
/// `setting` the value of NCCL_MULTI_RANK_GPU_ENABLE, null where it is not set. NCCL takes such ranks since 2.30, where
/// that variable is 1 (user guide, environment variables).
std::optional<std::string> nccl_sharing_refusal(int version, const char* setting);

}  // namespace lanemark
