// SPDX-License-Identifier: MIT

#include "bench/engine/untouched.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace lanemark {

Verdict untouched(StreamRef stream, const std::byte* memory, Bytes size) {
  std::array<std::byte, 4096> piece{};
  std::uint64_t written = 0;
  std::optional<std::uint64_t> first;
  for (std::uint64_t begin = 0; begin < size.value; begin += piece.size()) {
    const std::uint64_t length = std::min<std::uint64_t>(piece.size(), size.value - begin);
    stream.copy(piece.data(), memory + begin, Bytes{length});
    stream.synchronize();
    for (std::uint64_t i = 0; i < length; ++i) {
      if (piece.at(i) == std::byte{0xff}) continue;
      ++written;
      if (!first) first = begin + i;
    }
  }
  if (!first) return {.kind = Verdict::Kind::correct};
  return {.kind = Verdict::Kind::wrong,
          .detail = fmt::format("{} bytes were written, the first at {}, though none were sent", written, *first)};
}

}  // namespace lanemark
