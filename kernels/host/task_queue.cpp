// SPDX-License-Identifier: MIT

#include "kernels/host/task_queue.hpp"

namespace lanemark {

TaskQueue::~TaskQueue() {
  // One after the other: a chain of owners would go in as many nested calls.
  for (std::unique_ptr<Piece>* chain : {&first_, &spare_}) {
    while (*chain) *chain = std::move((*chain)->next);
  }
}

void TaskQueue::push(Task task) {
  if (last_ == nullptr || last_->count == Piece::most) {
    std::unique_ptr<Piece> piece = std::move(spare_);
    if (piece) spare_ = std::move(piece->next);
    else piece = std::make_unique<Piece>();
    Piece* const added = piece.get();
    (last_ == nullptr ? first_ : last_->next) = std::move(piece);
    last_ = added;
  }
  last_->tasks[last_->count++] = std::move(task);
}

void TaskQueue::swap(TaskQueue& other) noexcept {
  std::swap(first_, other.first_);
  std::swap(last_, other.last_);
}

void TaskQueue::clear_into(TaskQueue& to) noexcept {
  while (first_) {
    std::unique_ptr<Piece> piece = std::move(first_);
    first_ = std::move(piece->next);
    for (std::size_t i = 0; i < piece->count; ++i) piece->tasks[i].work = nullptr;
    piece->count = 0;
    piece->next = std::move(to.spare_);
    to.spare_ = std::move(piece);
  }
  last_ = nullptr;
}

Task* TaskQueue::Place::next() {
  if (piece_ != nullptr && index_ == piece_->count) {
    piece_ = piece_->next.get();
    index_ = 0;
  }
  return piece_ == nullptr ? nullptr : &piece_->tasks[index_++];
}

}  // namespace lanemark
