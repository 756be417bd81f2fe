// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/core/units.hpp"

// This program's operator new: while a scope of it lives, objects of C++ that are large count among the requests that
// `refuse_requests` numbers, and those refused throw std::bad_alloc. Small ones do not: there are thousands of them,
// all over MPI and the libraries, and a system that refuses those ends the program.

namespace lanemark::test {

constexpr Bytes large_object = kibibytes(16);

class WatchLargeObjects {
 public:
  WatchLargeObjects();
  WatchLargeObjects(const WatchLargeObjects&) = delete;
  WatchLargeObjects& operator=(const WatchLargeObjects&) = delete;
  WatchLargeObjects(WatchLargeObjects&&) = delete;
  WatchLargeObjects& operator=(WatchLargeObjects&&) = delete;
  ~WatchLargeObjects();

  /// The most that large objects held at once since the scope began, beyond what they held then.
  [[nodiscard]] static Bytes peak();
};

}  // namespace lanemark::test
