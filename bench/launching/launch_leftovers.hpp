// SPDX-License-Identifier: MIT

#pragma once

#include <filesystem>
#include <set>

namespace lanemark {

/// What an mpirun that was killed could not tidy up: its ranks' shared memory and its folder of sessions. Made before
/// the launch, it knows what is not of it.
class LaunchLeftovers {
 public:
  LaunchLeftovers();

  /// Removes what has come since, is this user's, has a name that Open MPI gives, and belongs to no process that lives.
  void remove() const;

 private:
  std::set<std::filesystem::path> before_;
};

}  // namespace lanemark
