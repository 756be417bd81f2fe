#pragma once

#include <cstddef>
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
  /// next `synchronize`.
  void run(std::function<void()> host_work) const { body_->run(std::move(host_work)); }

  /// Copies between any two places the device can reach, direction found from the addresses.
  void copy(void* to, const void* from, Bytes size) const { body_->copy(to, from, size); }
  void fill(void* to, std::byte value, Bytes size) const { body_->fill(to, value, size); }

  void record(EventRef event) const { body_->record(event.body()); }
  /// Work enqueued after this waits until the event's latest record has happened.
  void wait(EventRef event) const { body_->wait(event.body()); }

  /// Blocks the calling thread until everything enqueued has run; rethrows what host work threw.
  void synchronize() const { body_->synchronize(); }

  /// The cudaStream_t on a GPU, null on the host.
  [[nodiscard]] void* native() const { return body_->native(); }

  [[nodiscard]] StreamBody& body() const { return *body_; }

 private:
  StreamBody* body_;
};

class Stream {
 public:
  explicit Stream(Device device) : body_{platform(device.kind).make_stream(device.ordinal)} {}

  // NOLINTNEXTLINE(google-explicit-constructor,hicpp-explicit-conversions): an owner passes as its view
  operator StreamRef() const { return StreamRef{*body_}; }
  [[nodiscard]] StreamRef ref() const { return *this; }

 private:
  std::unique_ptr<StreamBody> body_;
};

}  // namespace lanemark
