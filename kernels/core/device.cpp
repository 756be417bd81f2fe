// SPDX-License-Identifier: MIT

#include "kernels/core/device.hpp"

#include <fmt/format.h>

#include <array>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

constexpr std::array<std::string_view, 2> kind_names{"host", "cuda"};

using GetPlatform = const Platform& (*)();
constinit std::array<GetPlatform, kind_names.size()> platforms{};

GetPlatform& slot(DeviceKind kind) { return platforms.at(static_cast<std::size_t>(kind)); }

}  // namespace

std::string_view name(DeviceKind kind) { return kind_names.at(static_cast<std::size_t>(kind)); }

PlatformRegistration::PlatformRegistration(DeviceKind kind, GetPlatform get) { slot(kind) = get; }

const Platform& platform(DeviceKind kind) {
  if (const GetPlatform get = slot(kind)) return get();
  throw UsageError(
      fmt::format("this build has no {} device; configure where a CUDA compiler is found (nvcc), or use --device host",
                  name(kind)));
}

bool is_built(DeviceKind kind) { return slot(kind) != nullptr; }

int device_count(DeviceKind kind) { return is_built(kind) ? platform(kind).device_count() : 0; }

DeviceKind default_device_kind() { return device_count(DeviceKind::cuda) > 0 ? DeviceKind::cuda : DeviceKind::host; }

DeviceKind parse_device_kind(std::string_view text) {
  for (std::size_t i = 0; i < kind_names.size(); ++i) {
    if (kind_names.at(i) == text) return static_cast<DeviceKind>(i);
  }
  throw UsageError(fmt::format("unknown device '{}'; known: host, cuda", text));
}

DeviceProperties properties(Device device) { return platform(device.kind).properties(device.ordinal); }

}  // namespace lanemark
