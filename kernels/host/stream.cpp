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
  const auto awaited = awaited_.insert(enqueued_);
  next_awaited_.store(*awaited_.begin());
  finished_one_.wait(lock, [this, target = *awaited] { return finished_.load() >= target; });
  awaited_.erase(awaited);
  next_awaited_.store(awaited_.empty() ? nobody_waits : *awaited_.begin());
  const std::exception_ptr failure = std::exchange(failure_, nullptr);
  failed_.store(false);
  lock.unlock();
  if (failure) std::rethrow_exception(failure);
}

/// Tasks to enqueue again at every launch.
class HostStream::Recording final : public GraphBody {
 public:
  Recording(HostStream& stream, std::vector<Task> tasks) : stream_{stream}, tasks_{std::move(tasks)} {}
  void launch() override {
    for (const Task& task : tasks_) stream_.enqueue(task);
  }

 private:
  HostStream& stream_;
  std::vector<Task> tasks_;
};

void HostStream::begin_capture() {
  if (captured_) throw Error("the stream's work is being captured already");
  captured_ = std::make_unique<std::vector<Task>>();
}

std::unique_ptr<GraphBody> HostStream::end_capture() {
  if (!captured_) throw Error("the stream's work is not being captured");
  const auto captured = std::exchange(captured_, nullptr);
  return std::make_unique<Recording>(*this, std::move(*captured));
}

void HostStream::enqueue(Task task) {
  if (captured_) {
    captured_->push_back(std::move(task));
    return;
  }
  {
    const std::lock_guard lock{mutex_};
    tasks_.push_back(std::move(task));
    ++enqueued_;
  }
  arrived_.notify_one();
}

void HostStream::work() {
  std::vector<Task> taken;
  while (true) {
    {
      std::unique_lock lock{mutex_};
      arrived_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      taken.swap(tasks_);
    }
    // Whoever starts to wait from now on waits for all of these; those who wait already may do so for some only.
    std::span<Task> left{taken};
    std::size_t performed = 0;
    while (performed < left.size()) {
      perform(left[performed++]);
      if (finished_.load() + performed < next_awaited_.load()) continue;
      finish(left.first(performed));
      left = left.subspan(performed);
      performed = 0;
    }
    finish(left);
    taken.clear();
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

void HostStream::finish(std::span<Task> performed) {
  for (Task& task : performed) task.work = nullptr;
  if (finished_.fetch_add(performed.size()) + performed.size() < next_awaited_.load()) return;
  const std::lock_guard lock{mutex_};
  finished_one_.notify_all();
}

}  // namespace lanemark
