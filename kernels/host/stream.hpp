// SPDX-License-Identifier: MIT

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "kernels/core/event.hpp"
#include "kernels/core/stream.hpp"
#include "kernels/host/task_queue.hpp"

namespace lanemark {

/// One record of an event: passed once, then holds the time for good. Passing is cheap, as it is part of what is
/// timed.
class HostRecord {
 public:
  void pass();
  /// Blocks until passed.
  void wait() const { has_passed_.wait(false); }
  /// Throws Error unless passed.
  [[nodiscard]] std::chrono::steady_clock::time_point time() const;

 private:
  std::atomic<bool> has_passed_ = false;
  std::chrono::steady_clock::time_point time_;  // written once, before has_passed_
};

/// Every record is an object of its own, shared with the queues that pass it or wait for it: an event may be
/// recorded again, or destroyed, while they still hold the old one.
class HostEvent final : public EventBody {
 public:
  void synchronize() override;
  [[nodiscard]] Seconds since(const EventBody& start) const override;

  void renew(std::shared_ptr<HostRecord> record) noexcept;
  /// Null if never recorded.
  [[nodiscard]] std::shared_ptr<HostRecord> latest() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<HostRecord> latest_;
};

/// A worker thread that runs what is enqueued, in order. Once a task threw, later ones are dropped until
/// `synchronize` has rethrown it; records and waits still happen, so that no other stream hangs. The worker takes all
/// that is queued at once, destroys what ran together at its end, and wakes nobody before what they wait for: between
/// two tasks of what is timed there is neither a lock, nor a system call, nor memory given back. Waiting takes no
/// memory, so that it cannot fail.
class HostStream final : public StreamBody {
 public:
  /// Throws OutOfMemory where the system refuses a thread.
  explicit HostStream(Device device);
  HostStream(const HostStream&) = delete;
  HostStream& operator=(const HostStream&) = delete;
  HostStream(HostStream&&) = delete;
  HostStream& operator=(HostStream&&) = delete;
  /// Runs what is still queued; an exception that nobody fetched is told on standard error.
  ~HostStream() override;

  void run(std::function<void()> host_work) override;
  void copy(void* to, const void* from, Bytes size) override;
  void fill(void* to, std::byte value, Bytes size) override;
  void record(EventBody& event) override;
  void wait(EventBody& event) override;
  void synchronize() override;
  void drain() noexcept override;
  void hold() override;
  void resume() noexcept override;
  void begin_capture() override;
  [[nodiscard]] std::unique_ptr<GraphBody> end_capture() override;
  [[nodiscard]] void* native() const override { return nullptr; }

 private:
  class Recording;
  static constexpr std::uint64_t nobody_waits = ~std::uint64_t{0};

  /// A thread that waits for `finished_` to become `target`; lives on its stack.
  struct Waiting {
    std::uint64_t target;
    Waiting* next;
  };

  void enqueue(Task task);
  /// Until everything enqueued has run. Expects the lock, and leaves with it.
  void wait_for_all(std::unique_lock<std::mutex>& lock) noexcept;
  void note_next_awaited() noexcept;
  void work();
  void perform(const Task& task);
  /// Destroys so many tasks that have run, from a place on, then says so.
  void finish(TaskQueue::Place& from, std::size_t performed);

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable finished_one_;
  TaskQueue tasks_;
  std::uint64_t enqueued_ = 0;
  std::atomic<std::uint64_t> finished_ = 0;
  Waiting* waiting_ = nullptr;
  std::atomic<std::uint64_t> next_awaited_ = nobody_waits;
  std::exception_ptr failure_;
  std::atomic<bool> failed_ = false;  ///< whether there is a failure_
  std::unique_ptr<TaskQueue> captured_;
  bool held_ = false;
  bool stopping_ = false;
  std::thread worker_;  // last: starts when everything else exists
};

}  // namespace lanemark
