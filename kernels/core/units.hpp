// SPDX-License-Identifier: MIT

#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace lanemark {

using Seconds = std::chrono::duration<double>;

struct Bytes {
  std::uint64_t value = 0;

  constexpr Bytes() = default;
  constexpr explicit Bytes(std::uint64_t bytes) : value{bytes} {}

  friend constexpr auto operator<=>(Bytes, Bytes) = default;
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return Bytes{a.value + b.value}; }
  friend constexpr Bytes operator-(Bytes a, Bytes b) { return Bytes{a.value - b.value}; }
  friend constexpr Bytes operator*(Bytes a, std::uint64_t times) { return Bytes{a.value * times}; }
  friend constexpr Bytes operator/(Bytes a, std::uint64_t parts) { return Bytes{a.value / parts}; }
  friend constexpr std::uint64_t operator/(Bytes a, Bytes b) { return a.value / b.value; }
  constexpr Bytes& operator+=(Bytes other) { return *this = *this + other; }
};

constexpr Bytes kibibytes(std::uint64_t n) { return Bytes{n << 10U}; }
constexpr Bytes mebibytes(std::uint64_t n) { return Bytes{n << 20U}; }
constexpr Bytes gibibytes(std::uint64_t n) { return Bytes{n << 30U}; }

/// 1 GB/s is 1e9 bytes a second: rates are decimal, as wires are sold; sizes are binary, as buffers are.
struct BytesPerSecond {
  double value = 0;

  friend constexpr auto operator<=>(BytesPerSecond, BytesPerSecond) = default;
  friend constexpr BytesPerSecond operator*(BytesPerSecond rate, double factor) { return {rate.value * factor}; }
  friend constexpr double operator/(BytesPerSecond a, BytesPerSecond b) { return a.value / b.value; }
};

struct Flops {
  double value = 0;
  friend constexpr Flops operator+(Flops a, Flops b) { return {a.value + b.value}; }
};

struct FlopsPerSecond {
  double value = 0;
};

constexpr BytesPerSecond operator/(Bytes bytes, Seconds time) {
  return {static_cast<double>(bytes.value) / time.count()};
}
constexpr FlopsPerSecond operator/(Flops flops, Seconds time) { return {flops.value / time.count()}; }

/// "8", "4KiB", "25M", "1GiB": K, M and G are powers of 1024. Throws UsageError on anything else, a negative
/// number and a size past 2^63 included.
Bytes parse_bytes(std::string_view text);

/// The exact size in its largest whole unit: "64MiB", "1000B".
std::string size_name(Bytes bytes);

}  // namespace lanemark
