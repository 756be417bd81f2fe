// SPDX-License-Identifier: MIT

#pragma once

#include <sys/types.h>
#include <unistd.h>
#include <utility>

namespace lanemark {

/// The mode of new files.
constexpr mode_t readable_by_all = 0644;

/// Owns an open file or folder of the system; none where it is below 0.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int owned) : number_{owned} {}
  Descriptor(Descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) static_cast<void>(::close(number_));
  }

  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

}  // namespace lanemark
