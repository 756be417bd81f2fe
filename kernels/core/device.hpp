// SPDX-License-Identifier: MIT

#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/core/units.hpp"

namespace lanemark {

enum class DeviceKind { host, cuda };

std::string_view name(DeviceKind kind);

/// One processor that runs operations: a GPU by its ordinal, or the host (ordinal 0).
struct Device {
  DeviceKind kind = DeviceKind::host;
  int ordinal = 0;
  friend constexpr auto operator<=>(const Device&, const Device&) = default;
};

/// What is known of a device; a rate that could not be learnt is absent.
struct DeviceProperties {
  std::string name;                                ///< "NVIDIA H200", or the CPU's model name
  std::string bus_id;                              ///< PCI address, empty for the host
  Bytes memory{};                                  ///< total
  Bytes last_level_cache{};                        ///< buffers rotate beyond it
  std::optional<BytesPerSecond> memory_bandwidth;  ///< by datasheet or driver, reads plus writes
  std::optional<BytesPerSecond> host_link;         ///< PCIe, one direction
  std::optional<BytesPerSecond> peer_link;         ///< all NVLinks of the device, one direction
};

class StreamBody;
class EventBody;

/// Where memory lies. `pinned` is page-locked host memory that a GPU reads directly; on a platform without GPUs
/// pinned and pageable are the same memory.
enum class Placement { device, pinned, pageable };

/// What one kind of device offers; each kind's own file registers one.
class Platform {
 public:
  Platform() = default;
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;
  Platform(Platform&&) = delete;
  Platform& operator=(Platform&&) = delete;
  virtual ~Platform() = default;

  [[nodiscard]] virtual int device_count() const = 0;
  [[nodiscard]] virtual DeviceProperties properties(int ordinal) const = 0;
  /// What a process may take, where so many of them that share the memory take as much each.
  [[nodiscard]] virtual Bytes free_memory(int ordinal, std::uint64_t sharers) const = 0;
  /// Whether two devices of this machine are joined by links of their own (NVLink) rather than by the bus.
  [[nodiscard]] virtual bool has_peer_link(int from, int to) const = 0;
  /// Throws OutOfMemory.
  [[nodiscard]] virtual void* allocate(int ordinal, Placement placement, Bytes size) const = 0;
  /// Nothing may still use the memory: `Memory` waits before.
  virtual void release(int ordinal, Placement placement, void* memory) const noexcept = 0;
  [[nodiscard]] virtual std::unique_ptr<StreamBody> make_stream(int ordinal) const = 0;
  [[nodiscard]] virtual std::unique_ptr<EventBody> make_event(int ordinal) const = 0;
};

/// The platform of a kind. Throws UsageError where this build or this machine has none.
const Platform& platform(DeviceKind kind);

/// Number of devices of a kind; 0 where the build lacks it.
int device_count(DeviceKind kind);

/// Whether this build knows devices of a kind, present or not.
bool is_built(DeviceKind kind);

/// cuda where the build has it and a GPU is visible, else host.
DeviceKind default_device_kind();

/// "cuda" or "host"; throws UsageError.
DeviceKind parse_device_kind(std::string_view text);

DeviceProperties properties(Device device);

/// Registers the platform of a kind for the program's life.
struct PlatformRegistration {
  PlatformRegistration(DeviceKind kind, const Platform& (*get)());
};

}  // namespace lanemark
