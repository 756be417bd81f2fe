// SPDX-License-Identifier: MIT

#pragma once

namespace lanemark {

/// Makes a GPU the calling thread's current device for a scope: around every call that depends on it.
///
/// The former device is restored only if a guard has chosen it before: selecting a device creates its context, and
/// a rank must not leave one on each GPU that it merely started with.
class DeviceGuard {
 public:
  /// Throws Error if there is no such GPU.
  explicit DeviceGuard(int ordinal);
  DeviceGuard(const DeviceGuard&) = delete;
  DeviceGuard& operator=(const DeviceGuard&) = delete;
  DeviceGuard(DeviceGuard&&) = delete;
  DeviceGuard& operator=(DeviceGuard&&) = delete;
  ~DeviceGuard();

 private:
  int ordinal_;
  int before_ = 0;
};

}  // namespace lanemark
