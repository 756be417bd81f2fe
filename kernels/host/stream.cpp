#include "kernels/host/stream.hpp"

#include <cstring>
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
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock{mutex_};
    time_ = now;
    has_passed_ = true;
  }
  passed_.notify_all();
}

void HostRecord::wait() {
  std::unique_lock lock{mutex_};
  passed_.wait(lock, [this] { return has_passed_; });
}

std::chrono::steady_clock::time_point HostRecord::time() const {
  const std::lock_guard lock{mutex_};
  if (!has_passed_) throw Error("the time of an event that has not happened; synchronize its stream first");
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

std::shared_ptr<HostRecord> HostEvent::renew() {
  auto record = std::make_shared<HostRecord>();
  const std::lock_guard lock{mutex_};
  latest_ = record;
  return record;
}

std::shared_ptr<HostRecord> HostEvent::latest() const {
  const std::lock_guard lock{mutex_};
  return latest_;
}

HostStream::~HostStream() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  arrived_.notify_one();
  worker_.join();
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
  enqueue({[record = host_event(event).renew()] { record->pass(); }, false});
}

void HostStream::wait(EventBody& event) {
  if (auto record = host_event(event).latest()) {
    enqueue({[held = std::move(record)] { held->wait(); }, false});
  }
}

void HostStream::synchronize() {
  std::unique_lock lock{mutex_};
  finished_one_.wait(lock, [this, target = enqueued_] { return finished_ >= target; });
  const std::exception_ptr failure = std::exchange(failure_, nullptr);
  lock.unlock();
  if (failure) std::rethrow_exception(failure);
}

void HostStream::enqueue(Task task) {
  {
    const std::lock_guard lock{mutex_};
    tasks_.push_back(std::move(task));
    ++enqueued_;
  }
  arrived_.notify_one();
}

void HostStream::work() {
  std::unique_lock lock{mutex_};
  while (true) {
    arrived_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    const bool runs = failure_ == nullptr || !task.droppable;
    lock.unlock();
    std::exception_ptr failure;
    try {
      if (runs) task.work();
    } catch (...) {
      failure = std::current_exception();
    }
    task.work = nullptr;  // outside the lock: what it holds may use this stream as it goes
    lock.lock();
    if (failure && !failure_) failure_ = failure;
    failure = nullptr;  // only under the lock, so that its last reference is the one who rethrows it
    ++finished_;
    finished_one_.notify_all();
  }
}

}  // namespace lanemark
