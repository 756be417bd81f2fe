// SPDX-License-Identifier: MIT

#include "kernels/host/stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <system_error>
#include <utility>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

HostEvent& host_event(EventBody& event) {
  if (auto* const host = dynamic_cast<HostEvent*>(&event)) return *host;
  throw Error("an event of another platform on a host stream; make the event for the stream's device");
}

}  // namespace

void HostRecord::pass() {
  time_ = std::chrono::steady_clock::now();
  has_passed_.store(true);
  has_passed_.notify_all();
}

std::chrono::steady_clock::time_point HostRecord::time() const {
  if (!has_passed_.load()) throw Error("the time of an event that has not happened; synchronize its stream first");
  return time_;
}

void HostEvent::synchronize() {
  if (const auto record = latest()) record->wait();
}

Seconds HostEvent::since(const EventBody& start) const {
  const auto* const from = dynamic_cast<const HostEvent*>(&start);
  if (from == nullptr) throw Error("the time between events of two platforms");
  const auto begin = from->latest();
  const auto end = latest();
  if (begin == nullptr || end == nullptr) throw Error("the time of an event that was never recorded");
  return end->time() - begin->time();
}

void HostEvent::renew(std::shared_ptr<HostRecord> record) noexcept {
  const std::lock_guard lock{mutex_};
  latest_.swap(record);
}

std::shared_ptr<HostRecord> HostEvent::latest() const {
  const std::lock_guard lock{mutex_};
  return latest_;
}

HostStream::HostStream(Device device) : StreamBody{device} {
  try {
    worker_ = std::thread{[this] { work(); }};
  } catch (const std::system_error& error) {
    throw OutOfMemory(
        fmt::format("no thread for a stream: {}; use fewer ranks, or raise ulimit -u and -v", error.code().message()));
  }
}

HostStream::~HostStream() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  arrived_.notify_one();
  worker_.join();
  tell_unfetched(failure_);
}

void HostStream::run(std::function<void()> host_work) { enqueue({std::move(host_work), true}); }

void HostStream::copy(void* to, const void* from, Bytes size) {
  if (size == Bytes{}) return;
  enqueue({[=] { std::memcpy(to, from, size.value); }, true});
}

void HostStream::fill(void* to, std::byte value, Bytes size) {
  if (size == Bytes{}) return;
  enqueue({[=] { std::memset(to, std::to_integer<int>(value), size.value); }, true});
}

void HostStream::record(EventBody& event) {
  HostEvent& of_host = host_event(event);
  auto record = std::make_shared<HostRecord>();
  enqueue({[record] { record->pass(); }, false});
  of_host.renew(std::move(record));  // last: a record that could not be enqueued is never passed
}

void HostStream::wait(EventBody& event) {
  if (auto record = host_event(event).latest()) {
    enqueue({[held = std::move(record)] { held->wait(); }, false});
  }
}

void HostStream::synchronize() {
  std::unique_lock lock{mutex_};
  wait_for_all(lock);
  const std::exception_ptr failure = std::exchange(failure_, nullptr);
  failed_.store(false);
  lock.unlock();
  if (failure) std::rethrow_exception(failure);
}

void HostStream::drain() noexcept {
  std::unique_lock lock{mutex_};
  wait_for_all(lock);
}

void HostStream::hold() {
  const std::lock_guard lock{mutex_};
  held_ = true;
}

void HostStream::resume() noexcept {
  {
    const std::lock_guard lock{mutex_};
    held_ = false;
  }
  arrived_.notify_one();
}

void HostStream::wait_for_all(std::unique_lock<std::mutex>& lock) noexcept {
  if (std::exchange(held_, false)) arrived_.notify_one();
  Waiting me{.target = enqueued_, .next = waiting_};
  waiting_ = &me;
  note_next_awaited();
  finished_one_.wait(lock, [&] { return finished_.load() >= me.target; });
  Waiting** link = &waiting_;
  while (*link != &me) link = &(*link)->next;
  *link = me.next;
  note_next_awaited();
}

void HostStream::note_next_awaited() noexcept {
  std::uint64_t next = nobody_waits;
  for (const Waiting* one = waiting_; one != nullptr; one = one->next) next = std::min(next, one->target);
  next_awaited_.store(next);
}

/// Tasks to enqueue again at every launch.
class HostStream::Recording final : public GraphBody {
 public:
  Recording(HostStream& stream, TaskQueue tasks) : stream_{stream}, tasks_{std::move(tasks)} {}
  void launch() override {
    TaskQueue::Place place{tasks_};
    while (const Task* const task = place.next()) stream_.enqueue(*task);
  }

 private:
  HostStream& stream_;
  TaskQueue tasks_;
};

void HostStream::begin_capture() {
  if (captured_) throw Error("the stream's work is being captured already");
  captured_ = std::make_unique<TaskQueue>();
}

std::unique_ptr<GraphBody> HostStream::end_capture() {
  if (!captured_) throw Error("the stream's work is not being captured");
  const auto captured = std::exchange(captured_, nullptr);
  return std::make_unique<Recording>(*this, std::move(*captured));
}

void HostStream::enqueue(Task task) {
  if (captured_) {
    captured_->push(std::move(task));
    return;
  }
  bool held = false;
  {
    const std::lock_guard lock{mutex_};
    tasks_.push(std::move(task));
    ++enqueued_;
    held = held_;
  }
  if (!held) arrived_.notify_one();
}

void HostStream::work() {
  const StreamWork scope;
  TaskQueue taken;
  while (true) {
    {
      std::unique_lock lock{mutex_};
      taken.clear_into(tasks_);
      arrived_.wait(lock, [this] { return stopping_ || (!held_ && !tasks_.empty()); });
      if (tasks_.empty()) return;
      taken.swap(tasks_);
    }
    // Whoever starts to wait from now on waits for all of these; those who wait already may do so for some only.
    TaskQueue::Place place{taken};
    TaskQueue::Place unfinished = place;
    std::size_t performed = 0;
    while (const Task* const task = place.next()) {
      perform(*task);
      if (finished_.load() + ++performed < next_awaited_.load()) continue;
      finish(unfinished, std::exchange(performed, 0));
    }
    finish(unfinished, performed);
  }
}

void HostStream::perform(const Task& task) {
  if (task.droppable && failed_.load()) return;
  try {
    task.work();
  } catch (...) {
    // Moved in under the lock, so that its last reference is the one who rethrows it.
    std::exception_ptr failure = std::current_exception();
    const std::lock_guard lock{mutex_};
    if (!failure_) failure_ = std::move(failure);
    failed_.store(true);
  }
}

void HostStream::finish(TaskQueue::Place& from, std::size_t performed) {
  for (std::size_t i = 0; i < performed; ++i) from.next()->work = nullptr;
  if (finished_.fetch_add(performed) + performed < next_awaited_.load()) return;
  const std::lock_guard lock{mutex_};
  finished_one_.notify_all();
}

}  // namespace lanemark
