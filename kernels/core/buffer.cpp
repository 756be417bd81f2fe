#include "kernels/core/buffer.hpp"

#include <algorithm>
#include <map>
#include <mutex>

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

Ledger& ledger() {
  static Ledger instance;
  return instance;
}

}  // namespace

Memory::Memory(Device device, Bytes size, Placement placement) : device_{device}, placement_{placement}, size_{size} {
  if (size == Bytes{}) return;
  data_ = platform(device.kind).allocate(device.ordinal, placement, size);
  if (placement == Placement::device) ledger().add(device, size);
}

Memory::~Memory() {
  if (data_ == nullptr) return;
  platform(device_.kind).release(device_.ordinal, placement_, data_);
  if (placement_ == Placement::device) ledger().subtract(device_, size_);
}

void Memory::swap(Memory& other) noexcept {
  std::swap(device_, other.device_);
  std::swap(placement_, other.placement_);
  std::swap(size_, other.size_);
  std::swap(data_, other.data_);
}

Bytes allocated_memory(Device device) { return ledger().read(device).now; }
Bytes peak_memory(Device device) { return ledger().read(device).peak; }
void reset_peak_memory(Device device) { ledger().reset_peak(device); }

}  // namespace lanemark
