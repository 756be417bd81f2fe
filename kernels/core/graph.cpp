// SPDX-License-Identifier: MIT

#include "kernels/core/graph.hpp"

#include <exception>

namespace lanemark {

void Graph::abandon(StreamBody& stream) noexcept {
  try {
    static_cast<void>(stream.end_capture());
  } catch (const std::exception&) {  // the first failure is the one to tell
  }
}

}  // namespace lanemark
