// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <string_view>

#include "bench/record/versions.hpp"

// Whether launches come from one build, as far as their records tell: by the commit that the program was built from.

namespace lanemark {

/// The commit among a launch's versions; "unknown" where none is there.
std::string commit_of(const Versions& versions);

/// Whether builds of this commit are one build. Not "unknown": two builds without a commit need not have anything in
/// common. Not "1a2b3c-dirty": the sources differed from that commit, each time perhaps otherwise.
/// "1a2b3c-dirty-4d5e6f" says by its last part how they differed, and is one.
bool identifies_build(std::string_view commit);

/// Whether builds of these two commits are one build for certain: what cannot be told apart is not therefore the same.
bool same_build(std::string_view one, std::string_view other);

/// For a message that a commit does not identify a build.
constexpr std::string_view no_commit_cure =
    "a build without a commit of its own is like no other; build where git knows the sources (git config --global "
    "--add "
    "safe.directory FOLDER, where they belong to another user), or with LANEMARK_COMMIT set, and measure with that";

}  // namespace lanemark
