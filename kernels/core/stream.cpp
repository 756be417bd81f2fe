// SPDX-License-Identifier: MIT

#include "kernels/core/stream.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <list>
#include <mutex>

namespace lanemark {
namespace {

/// All streams of this process. Waiting for them must neither fail nor keep others from making and ending streams, so
/// it takes no memory and holds no lock: the stream waited for is pinned instead, and an end waits until it is not.
class LiveStreams {
 public:
  void add(StreamBody& body) {
    const std::lock_guard lock{mutex_};
    entries_.push_front({.body = &body});  // before those that a wait has still to come to
  }

  void remove(const StreamBody& body) noexcept {
    std::unique_lock lock{mutex_};
    const auto entry = std::ranges::find(entries_, &body, &Entry::body);
    if (entry == entries_.end()) return;
    unpinned_.wait(lock, [&] { return entry->pins == 0; });
    entries_.erase(entry);
  }

  void drain() noexcept {
    std::unique_lock lock{mutex_};
    // All before any: one may wait for what another, which is held, has still to do.
    for (const Entry& entry : entries_) entry.body->resume();
    for (Entry& entry : entries_) {
      ++entry.pins;
      lock.unlock();
      entry.body->drain();
      lock.lock();
      --entry.pins;
      unpinned_.notify_all();
    }
  }

 private:
  struct Entry {
    StreamBody* body;
    int pins = 0;
  };
  std::mutex mutex_;
  std::condition_variable unpinned_;
  std::list<Entry> entries_;
};

/// Never destroyed: static objects may hold memory, and wait when they go.
LiveStreams& live_streams() {
  static LiveStreams& instance = *new LiveStreams;
  return instance;
}

constinit thread_local int works = 0;

}  // namespace

Stream::Stream(Device device) {
  std::unique_ptr<StreamBody> body = platform(device.kind).make_stream(device.ordinal);
  live_streams().add(*body);
  body_.reset(body.release());
}

/// Live until it is idle: whoever waits for all streams must not miss one whose last work still runs.
void Stream::End::operator()(StreamBody* body) const noexcept {
  const std::unique_ptr<StreamBody> ended{body};
  ended->drain();
  live_streams().remove(*ended);
}

void finish_enqueued_work() noexcept {
  if (!StreamWork::is_running()) live_streams().drain();
}

void tell_unfetched(const std::exception_ptr& failure) noexcept {
  if (!failure) return;
  const auto tell = [](const char* what) {
    static_cast<void>(std::fputs("lanemark: work of a stream failed and nobody waited for it: ", stderr));
    static_cast<void>(std::fputs(what, stderr));
    static_cast<void>(std::fputs("\n", stderr));
  };
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    tell(error.what());
  } catch (...) {
    tell("what it threw is not a std::exception");
  }
}

StreamWork::StreamWork() noexcept { ++works; }
StreamWork::~StreamWork() { --works; }
bool StreamWork::is_running() noexcept { return works > 0; }

}  // namespace lanemark
