// SPDX-License-Identifier: MIT

#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace lanemark {

/// A piece of a host stream's work.
struct Task {
  std::function<void()> work;
  bool droppable;  ///< once an earlier one threw
};

/// Tasks in order, in pieces that are used again: thousands may be queued in the midst of what ranks do together, where
/// none may run out of memory alone, so no one large piece is ever asked for.
class TaskQueue {
 public:
  class Place;

  TaskQueue() = default;
  TaskQueue(TaskQueue&& other) noexcept { swap(other); }
  TaskQueue& operator=(TaskQueue&& other) noexcept {
    swap(other);
    return *this;
  }
  TaskQueue(const TaskQueue&) = delete;
  TaskQueue& operator=(const TaskQueue&) = delete;
  ~TaskQueue();

  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  /// Throws std::bad_alloc, and then holds what it held.
  void push(Task task);
  /// The tasks alone: room for others stays.
  void swap(TaskQueue& other) noexcept;
  /// Empty, destroying what it holds, whose room `to` uses from now on.
  void clear_into(TaskQueue& to) noexcept;

 private:
  struct Piece {
    static constexpr std::size_t most = 32;
    std::array<Task, most> tasks;
    std::size_t count = 0;
    std::unique_ptr<Piece> next;
  };

  std::unique_ptr<Piece> first_;
  Piece* last_ = nullptr;
  std::unique_ptr<Piece> spare_;
};

/// A place between tasks.
class TaskQueue::Place {
 public:
  explicit Place(const TaskQueue& queue) : piece_{queue.first_.get()} {}
  /// The task behind it, which it then passes; null at the end.
  Task* next();

 private:
  Piece* piece_;
  std::size_t index_ = 0;
};

}  // namespace lanemark
