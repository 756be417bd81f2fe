// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>

#include "kernels/core/device.hpp"
#include "kernels/core/event.hpp"
#include "kernels/core/units.hpp"

namespace lanemark {

/// Work of a stream, recorded once and launched many times; implemented per platform.
class GraphBody {
 public:
  GraphBody() = default;
  GraphBody(const GraphBody&) = delete;
  GraphBody& operator=(const GraphBody&) = delete;
  GraphBody(GraphBody&&) = delete;
  GraphBody& operator=(GraphBody&&) = delete;
  virtual ~GraphBody() = default;
  /// Enqueues the recorded work on the stream it was recorded from.
  virtual void launch() = 0;
};

/// One device's in-order queue of work; implemented per platform.
class StreamBody {
 public:
  explicit StreamBody(Device device) : device_{device} {}
  StreamBody(const StreamBody&) = delete;
  StreamBody& operator=(const StreamBody&) = delete;
  StreamBody(StreamBody&&) = delete;
  StreamBody& operator=(StreamBody&&) = delete;
  virtual ~StreamBody() = default;

  [[nodiscard]] Device device() const { return device_; }
  virtual void run(std::function<void()> host_work) = 0;
  virtual void copy(void* to, const void* from, Bytes size) = 0;
  virtual void fill(void* to, std::byte value, Bytes size) = 0;
  virtual void record(EventBody& event) = 0;
  virtual void wait(EventBody& event) = 0;
  virtual void synchronize() = 0;
  /// Waits as `synchronize` does, and leaves what host work threw to the next `synchronize`. Captured work does not
  /// run, so it is not waited for. Safe from any thread but the stream's own.
  virtual void drain() noexcept = 0;
  /// Where enqueueing takes processor time from what runs: nothing enqueued from now on begins before `resume`, or
  /// before anyone waits for the stream, so that no wait is for ever. Elsewhere both do nothing.
  virtual void hold() {}
  virtual void resume() noexcept {}
  /// Until `end_capture`, what is enqueued is recorded and does not run.
  virtual void begin_capture() = 0;
  [[nodiscard]] virtual std::unique_ptr<GraphBody> end_capture() = 0;
  [[nodiscard]] virtual void* native() const = 0;

 private:
  Device device_;
};

/// View of a stream. Every call but `synchronize` only enqueues, and never allocates on the device.
class StreamRef {
 public:
  explicit StreamRef(StreamBody& body) : body_{&body} {}

  [[nodiscard]] Device device() const { return body_->device(); }

  /// Runs `host_work` on a host thread in stream order. It must not call CUDA; what it throws comes out of the
  /// next `synchronize`. It owns, or copies, whatever it uses but device memory and what waits for the streams before
  /// it goes (`finish_enqueued_work`): a reference to anything else may outlive it when an error unwinds.
  void run(std::function<void()> host_work) const { body_->run(std::move(host_work)); }

  /// Copies between any two places the device can reach, direction found from the addresses.
  void copy(void* to, const void* from, Bytes size) const { body_->copy(to, from, size); }
  void fill(void* to, std::byte value, Bytes size) const { body_->fill(to, value, size); }

  void record(EventRef event) const { body_->record(event.body()); }
  /// Work enqueued after this waits until the event's latest record has happened.
  void wait(EventRef event) const { body_->wait(event.body()); }

  /// Blocks the calling thread until everything enqueued has run; rethrows what host work threw.
  void synchronize() const { body_->synchronize(); }

  void hold() const { body_->hold(); }
  void resume() const noexcept { body_->resume(); }

  /// The cudaStream_t on a GPU, null on the host.
  [[nodiscard]] void* native() const { return body_->native(); }

  [[nodiscard]] StreamBody& body() const { return *body_; }

 private:
  StreamBody* body_;
};

/// Owns a stream, which counts as live from its making until all its work has run.
class Stream {
 public:
  /// Throws OutOfMemory where the system has no thread, or the device no queue, to spare.
  explicit Stream(Device device);

  // NOLINTNEXTLINE(google-explicit-constructor,hicpp-explicit-conversions): an owner passes as its view
  operator StreamRef() const { return StreamRef{*body_}; }
  [[nodiscard]] StreamRef ref() const { return *this; }

 private:
  struct End {
    void operator()(StreamBody* body) const noexcept;
  };
  std::unique_ptr<StreamBody, End> body_;
};

/// Waits until all work enqueued before, on any live stream of this process, has run; what it threw stays to be
/// fetched. Whatever streams use calls this before it goes, as `Memory` does. From within a stream's own work, which
/// nothing may wait in, it returns at once.
void finish_enqueued_work() noexcept;

/// For a stream that ends before anyone fetched what its work threw: says it on standard error. Nothing if null.
void tell_unfetched(const std::exception_ptr& failure) noexcept;

/// Marks the calling thread, while it lives, as one that runs a stream's work.
class StreamWork {
 public:
  StreamWork() noexcept;
  StreamWork(const StreamWork&) = delete;
  StreamWork& operator=(const StreamWork&) = delete;
  StreamWork(StreamWork&&) = delete;
  StreamWork& operator=(StreamWork&&) = delete;
  ~StreamWork();

  /// Whether the calling thread does so now.
  [[nodiscard]] static bool is_running() noexcept;
};

}  // namespace lanemark
