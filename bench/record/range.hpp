// SPDX-License-Identifier: MIT

#pragma once

namespace lanemark {

/// What a number may be, both ends included.
template <class T>
struct Range {
  T least;
  T most;
};

}  // namespace lanemark
