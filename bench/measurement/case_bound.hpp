// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>

#include "kernels/core/error.hpp"

// The values of lists multiply, and no command line, a stranger's or one's own, may fill the memory with cases.

namespace lanemark {

/// What a launch plans at most, before cases of one name are counted once. Each may take a kilobyte.
inline constexpr std::size_t most_cases = 100'000;

/// A suite's flags ask for more. Whoever has the command line says which flags they are.
class TooManyCases : public UsageError {
 public:
  TooManyCases();
};

/// Throws TooManyCases where there are more. Asked by each suite of every case that it is about to add.
inline void require_few_cases(std::size_t cases) {
  if (cases > most_cases) throw TooManyCases();
}

}  // namespace lanemark
