// SPDX-License-Identifier: MIT

#pragma once

#include <set>
#include <sys/types.h>

namespace lanemark {

/// While one lives, descendants whose parent ends become this process's children and not those of the machine's first.
class Adoption {
 public:
  Adoption();
  Adoption(const Adoption&) = delete;
  Adoption& operator=(const Adoption&) = delete;
  Adoption(Adoption&&) = delete;
  Adoption& operator=(Adoption&&) = delete;
  ~Adoption();

  /// Kills all that were adopted, and those adopted through that. What a driver holds cannot be killed and is left
  /// after a while.
  void end_all() const;

 private:
  std::set<pid_t> children_before_;
  int before_ = 0;
};

}  // namespace lanemark
