// SPDX-License-Identifier: MIT

#pragma once

#include <memory>

#include "kernels/core/device.hpp"
#include "kernels/core/units.hpp"

namespace lanemark {

/// A point in a stream's order, with the time at which it was passed; implemented per platform.
class EventBody {
 public:
  EventBody() = default;
  EventBody(const EventBody&) = delete;
  EventBody& operator=(const EventBody&) = delete;
  EventBody(EventBody&&) = delete;
  EventBody& operator=(EventBody&&) = delete;
  virtual ~EventBody() = default;
  virtual void synchronize() = 0;
  /// From `start` to this one; both have happened and belong to one platform.
  [[nodiscard]] virtual Seconds since(const EventBody& start) const = 0;
};

class EventRef {
 public:
  explicit EventRef(EventBody& body) : body_{&body} {}
  [[nodiscard]] EventBody& body() const { return *body_; }
  void synchronize() const { body_->synchronize(); }

 private:
  EventBody* body_;
};

class Event {
 public:
  explicit Event(Device device) : body_{platform(device.kind).make_event(device.ordinal)} {}

  // NOLINTNEXTLINE(google-explicit-constructor,hicpp-explicit-conversions): an owner passes as its view
  operator EventRef() const { return EventRef{*body_}; }

 private:
  std::unique_ptr<EventBody> body_;
};

/// Device time from `start` to `stop`, which must have happened (synchronise the stream first).
inline Seconds elapsed(EventRef start, EventRef stop) { return stop.body().since(start.body()); }

}  // namespace lanemark
