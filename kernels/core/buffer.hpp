// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "kernels/core/device.hpp"
#include "kernels/core/span.hpp"
#include "kernels/core/stream.hpp"

namespace lanemark {

/// Owns memory of a device, or host memory placed for it. Empty when default-made or of size 0.
///
/// Memory goes back in the order of the streams: its destructor first waits until all work enqueued before, on any live
/// stream of this process, has run. So neither the order of members, nor that of locals when an error unwinds, nor an
/// error while work is still queued can take memory from under a stream that uses it, on any device: GPUs' own calls
/// wait for some kinds of memory only, and a CPU's `free` for none. It costs a wait, so nothing that is timed frees
/// memory. Work of a stream, which must not wait for streams, hands its memory over, and whoever next takes memory,
/// frees some or counts it gives it back.
///
/// Other things that streams use are safe by either of two rules: work owns or copies them (`StreamRef::run`), or they
/// call `finish_enqueued_work` before they go, as MPI's communicators do.
class Memory {
 public:
  Memory() = default;
  /// Throws OutOfMemory.
  Memory(Device device, Bytes size, Placement placement = Placement::device);
  Memory(Memory&& other) noexcept { swap(other); }
  Memory& operator=(Memory&& other) noexcept {
    Memory{std::move(other)}.swap(*this);
    return *this;
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory();

  [[nodiscard]] std::byte* data() const { return static_cast<std::byte*>(data_); }
  [[nodiscard]] Bytes size() const { return size_; }
  [[nodiscard]] Device device() const { return device_; }

  void swap(Memory& other) noexcept;

 private:
  void hand_over() noexcept;

  Device device_;
  Placement placement_ = Placement::device;
  Bytes size_;
  void* data_ = nullptr;
};

/// Bytes that live `Memory` of placement device holds on a device now, and the most it ever held since
/// `reset_peak_memory`.
Bytes allocated_memory(Device device);
Bytes peak_memory(Device device);
void reset_peak_memory(Device device);

/// Owns `size` elements in device memory, not initialised.
template <class T>
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  DeviceBuffer(Device device, std::size_t size) : memory_{device, Bytes{size * sizeof(T)}}, size_{size} {}

  [[nodiscard]] T* data() const { return reinterpret_cast<T*>(memory_.data()); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] DeviceSpan<T> span() const { return {data(), size_}; }
  // NOLINTNEXTLINE(google-explicit-constructor,hicpp-explicit-conversions): an owner passes as its view
  operator DeviceSpan<T>() const { return span(); }
  // NOLINTNEXTLINE(google-explicit-constructor,hicpp-explicit-conversions): an owner passes as its view
  operator DeviceSpan<const T>() const { return span(); }

 private:
  Memory memory_;
  std::size_t size_ = 0;
};

/// Copies to the device and waits.
template <class T>
void upload(StreamRef stream, std::span<const T> from, DeviceSpan<T> to) {
  assert(from.size() == to.size());
  stream.copy(to.data(), from.data(), to.bytes());
  stream.synchronize();
}

/// Copies from the device and waits.
template <class T>
void download(StreamRef stream, DeviceSpan<const T> from, std::span<T> to) {
  assert(from.size() == to.size());
  stream.copy(to.data(), from.data(), from.bytes());
  stream.synchronize();
}

template <class T>
std::vector<std::remove_const_t<T>> download(StreamRef stream, DeviceSpan<T> from) {
  std::vector<std::remove_const_t<T>> to(from.size());
  download<std::remove_const_t<T>>(stream, from, to);
  return to;
}

}  // namespace lanemark
