// SPDX-License-Identifier: MIT

#include "kernels/core/buffer.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <vector>

#include "kernels/core/refusal.hpp"

namespace lanemark {
namespace {

struct Account {
  Bytes now;
  Bytes peak;
};

class Ledger {
 public:
  void add(Device device, Bytes size) {
    const std::lock_guard lock{mutex_};
    Account& account = accounts_[device];
    account.now += size;
    account.peak = std::max(account.peak, account.now);
  }
  void subtract(Device device, Bytes size) {
    const std::lock_guard lock{mutex_};
    Account& account = accounts_[device];
    account.now = account.now - size;
  }
  Account read(Device device) {
    const std::lock_guard lock{mutex_};
    return accounts_[device];
  }
  void reset_peak(Device device) {
    const std::lock_guard lock{mutex_};
    accounts_[device].peak = accounts_[device].now;
  }

 private:
  std::mutex mutex_;
  std::map<Device, Account> accounts_;
};

/// Never destroyed, as static objects may hold memory.
Ledger& ledger() {
  static Ledger& instance = *new Ledger;
  return instance;
}

/// Memory whose owner went within a stream's work, to be given back from outside.
class LeftByWork {
 public:
  /// Throws std::bad_alloc, and then leaves the memory with its owner.
  void add(Memory& memory) {
    const std::lock_guard lock{mutex_};
    left_.reserve(left_.size() + 1);
    left_.push_back(std::move(memory));
  }
  void give_back() {
    std::vector<Memory> left;
    const std::lock_guard lock{mutex_};
    left.swap(left_);  // destroyed after the lock is gone
  }

 private:
  std::mutex mutex_;
  std::vector<Memory> left_;
};

LeftByWork& left_by_work() {
  static LeftByWork& instance = *new LeftByWork;
  return instance;
}

void give_back_what_work_left() {
  if (!StreamWork::is_running()) left_by_work().give_back();
}

}  // namespace

Memory::Memory(Device device, Bytes size, Placement placement) : device_{device}, placement_{placement}, size_{size} {
  if (size == Bytes{}) return;
  give_back_what_work_left();
  request_memory(device, size);
  data_ = platform(device.kind).allocate(device.ordinal, placement, size);
  if (placement == Placement::device) ledger().add(device, size);
}

Memory::~Memory() {
  if (data_ == nullptr) return;
  if (StreamWork::is_running()) {
    hand_over();
    return;
  }
  finish_enqueued_work();
  platform(device_.kind).release(device_.ordinal, placement_, data_);
  if (placement_ == Placement::device) ledger().subtract(device_, size_);
  give_back_what_work_left();
}

void Memory::hand_over() noexcept {
  try {
    left_by_work().add(*this);
  } catch (const std::bad_alloc&) {
    data_ = nullptr;  // lost: no room to note it, and its stream may still use it
  }
}

void Memory::swap(Memory& other) noexcept {
  std::swap(device_, other.device_);
  std::swap(placement_, other.placement_);
  std::swap(size_, other.size_);
  std::swap(data_, other.data_);
}

Bytes allocated_memory(Device device) {
  give_back_what_work_left();
  return ledger().read(device).now;
}
Bytes peak_memory(Device device) { return ledger().read(device).peak; }
void reset_peak_memory(Device device) { ledger().reset_peak(device); }

}  // namespace lanemark
