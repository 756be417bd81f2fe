// SPDX-License-Identifier: MIT

#include "kernels/cuda/nvml.hpp"

#include <fmt/format.h>

#include <array>
#include <dlfcn.h>
#include <utility>

#include "kernels/core/handle.hpp"
#include "kernels/cuda/nvml_functions.hpp"

namespace lanemark {
namespace {

constexpr unsigned nvlinks_at_most = 36;

class Library {
 public:
  /// Null where there is none, or it finds no driver.
  static std::shared_ptr<const NvmlFunctions> load() {
    auto library = std::make_shared<Library>();
    if (!library->running_) return nullptr;
    return {library, &library->functions_};
  }

  Library() : file_{dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL)} {
    if (file_ == nullptr) return;
    resolve();
    running_ = functions_.init != nullptr && functions_.init() == 0;
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  Library(Library&&) = delete;
  Library& operator=(Library&&) = delete;
  ~Library() {
    if (running_ && functions_.shutdown != nullptr) functions_.shutdown();
  }

 private:
  void resolve() {
    set(functions_.init, "nvmlInit_v2");
    set(functions_.shutdown, "nvmlShutdown");
    set(functions_.driver_version, "nvmlSystemGetDriverVersion");
    set(functions_.cuda_driver_version, "nvmlSystemGetCudaDriverVersion_v2");
    set(functions_.handle_by_bus_id, "nvmlDeviceGetHandleByPciBusId_v2");
    set(functions_.pcie_generation, "nvmlDeviceGetCurrPcieLinkGeneration");
    set(functions_.pcie_width, "nvmlDeviceGetCurrPcieLinkWidth");
    set(functions_.maximum_pcie_generation, "nvmlDeviceGetMaxPcieLinkGeneration");
    set(functions_.maximum_pcie_width, "nvmlDeviceGetMaxPcieLinkWidth");
    set(functions_.nvlink_state, "nvmlDeviceGetNvLinkState");
    set(functions_.field_values, "nvmlDeviceGetFieldValues");
    set(functions_.clock, "nvmlDeviceGetClockInfo");
    set(functions_.maximum_clock, "nvmlDeviceGetMaxClockInfo");
    set(functions_.clock_event_reasons, "nvmlDeviceGetCurrentClocksEventReasons");
    if (functions_.clock_event_reasons == nullptr) {  // its name before driver 535
      set(functions_.clock_event_reasons, "nvmlDeviceGetCurrentClocksThrottleReasons");
    }
    set(functions_.temperature, "nvmlDeviceGetTemperature");
    set(functions_.power, "nvmlDeviceGetPowerUsage");
    set(functions_.power_limit, "nvmlDeviceGetEnforcedPowerLimit");
    set(functions_.compute_processes, "nvmlDeviceGetComputeRunningProcesses_v3");
    set(functions_.ecc_mode, "nvmlDeviceGetEccMode");
    set(functions_.compute_mode, "nvmlDeviceGetComputeMode");
    set(functions_.mig_mode, "nvmlDeviceGetMigMode");
  }

  template <class Function>
  void set(Function*& function, const char* name) {
    function = reinterpret_cast<Function*>(dlsym(file_.get(), name));
  }

  Handle<void*, dlclose> file_;
  NvmlFunctions functions_{};
  bool running_ = false;
};

/// What `function(before…, &value)` gives.
template <class Value, class Function, class... Before>
std::optional<Value> ask(Function* function, Before... before) {
  Value value{};
  if (function == nullptr || function(before..., &value) != 0) return std::nullopt;
  return value;
}

template <class Function, class... Before>
std::optional<int> ask_int(Function* function, Before... before) {
  const auto value = ask<unsigned>(function, before...);
  if (!value) return std::nullopt;
  return static_cast<int>(*value);
}

template <class Function>
std::optional<double> ask_watts(Function* function, void* gpu) {
  const auto milliwatts = ask<unsigned>(function, gpu);
  if (!milliwatts) return std::nullopt;
  return *milliwatts / 1000.0;
}

/// For functions that tell the current and the pending state of a switch.
std::optional<bool> ask_switch(NvmlStatus (*function)(void*, unsigned*, unsigned*), void* gpu) {
  unsigned current = 0;
  unsigned pending = 0;
  if (function == nullptr || function(gpu, &current, &pending) != 0) return std::nullopt;
  return current != 0;
}

std::optional<PcieLink> link(std::optional<int> generation, std::optional<int> width) {
  if (!generation || !width || *generation == 0 || *width == 0) return std::nullopt;
  return PcieLink{*generation, *width};
}

std::optional<BytesPerSecond> speed(const NvmlFunctions& functions, void* gpu, NvmlField field, unsigned scope) {
  NvmlFieldValue value{};
  value.field = field;
  value.scope = scope;
  if (functions.field_values == nullptr || functions.field_values(gpu, 1, &value) != 0 || value.status != 0) {
    return std::nullopt;
  }
  const auto megabytes = value.type == nvml_value_unsigned ? value.as_unsigned : value.as_unsigned_long_long;
  if (megabytes == 0) return std::nullopt;
  return BytesPerSecond{static_cast<double>(megabytes) * 1e6};
}

}  // namespace

std::optional<BytesPerSecond> rate(const PcieLink& link) {
  // Transfers a second and lane in 1e9, each a bit; 8 of 10 carry data before generation 3, 128 of 130 from then on;
  // generation 6 has 236 bytes of data in a packet of 256 (PCI Express base specification).
  constexpr std::array per_lane{2.5 * 8 / 10,     5.0 * 8 / 10,     8.0 * 128 / 130,
                                16.0 * 128 / 130, 32.0 * 128 / 130, 64.0 * 236 / 256};
  if (link.generation < 1 || link.generation > static_cast<int>(per_lane.size())) return std::nullopt;
  return BytesPerSecond{per_lane.at(static_cast<std::size_t>(link.generation - 1)) * 1e9 / 8 * link.width};
}

std::vector<std::string> slowdowns(std::uint64_t clock_event_reasons) {
  struct Reason {
    std::uint64_t bit;
    const char* text;
  };
  constexpr std::array reasons{Reason{0x4, "power cap"},
                               Reason{0x8, "hardware slowdown"},
                               Reason{0x10, "clocks held back with another GPU (sync boost)"},
                               Reason{0x20, "thermal slowdown (software)"},
                               Reason{0x40, "thermal slowdown (hardware)"},
                               Reason{0x80, "power brake"}};
  std::vector<std::string> found;
  for (const Reason& reason : reasons) {
    if ((clock_event_reasons & reason.bit) != 0) found.emplace_back(reason.text);
  }
  return found;
}

std::optional<PcieLink> NvmlGpu::pcie_link() const {
  return link(ask_int(functions_->pcie_generation, handle_), ask_int(functions_->pcie_width, handle_));
}

std::optional<PcieLink> NvmlGpu::maximum_pcie_link() const {
  return link(ask_int(functions_->maximum_pcie_generation, handle_), ask_int(functions_->maximum_pcie_width, handle_));
}

std::optional<int> NvmlGpu::active_nvlinks() const {
  std::optional<int> active;
  for (unsigned i = 0; i < nvlinks_at_most; ++i) {
    if (const auto state = ask<unsigned>(functions_->nvlink_state, handle_, i)) {
      active = active.value_or(0) + (*state != 0 ? 1 : 0);
    }
  }
  return active;
}

std::optional<BytesPerSecond> NvmlGpu::nvlink_rate() const {
  const auto common = speed(*functions_, handle_, nvml_field_common_nvlink_speed, 0);
  BytesPerSecond sum;
  for (unsigned i = 0; i < nvlinks_at_most; ++i) {
    if (ask<unsigned>(functions_->nvlink_state, handle_, i).value_or(0) == 0) continue;
    const auto own = speed(*functions_, handle_, nvml_field_nvlink_speed, i);
    if (!own && !common) return std::nullopt;
    sum.value += own ? own->value : common->value;
  }
  if (sum.value == 0) return std::nullopt;
  return sum;
}

std::optional<int> NvmlGpu::sm_clock_mhz() const {
  return ask_int(functions_->clock, handle_, static_cast<unsigned>(nvml_clock_sm));
}

std::optional<int> NvmlGpu::maximum_sm_clock_mhz() const {
  return ask_int(functions_->maximum_clock, handle_, static_cast<unsigned>(nvml_clock_sm));
}

std::optional<int> NvmlGpu::memory_clock_mhz() const {
  return ask_int(functions_->clock, handle_, static_cast<unsigned>(nvml_clock_memory));
}

std::optional<int> NvmlGpu::maximum_memory_clock_mhz() const {
  return ask_int(functions_->maximum_clock, handle_, static_cast<unsigned>(nvml_clock_memory));
}

std::optional<std::uint64_t> NvmlGpu::clock_event_reasons() const {
  return ask<unsigned long long>(functions_->clock_event_reasons, handle_);
}

std::optional<int> NvmlGpu::temperature_celsius() const { return ask_int(functions_->temperature, handle_, 0U); }

std::optional<double> NvmlGpu::power_watts() const { return ask_watts(functions_->power, handle_); }

std::optional<double> NvmlGpu::power_limit_watts() const { return ask_watts(functions_->power_limit, handle_); }

std::optional<std::vector<GpuProcess>> NvmlGpu::compute_processes() const {
  if (functions_->compute_processes == nullptr) return std::nullopt;
  std::vector<NvmlProcessInfo> found(64);
  auto count = static_cast<unsigned>(found.size());
  NvmlStatus status = functions_->compute_processes(handle_, &count, found.data());
  if (status == nvml_insufficient_size) {
    found.resize(count + 64);  // more may start meanwhile
    count = static_cast<unsigned>(found.size());
    status = functions_->compute_processes(handle_, &count, found.data());
  }
  if (status != 0) return std::nullopt;
  found.resize(count);
  std::vector<GpuProcess> processes;
  for (const NvmlProcessInfo& process : found) {
    GpuProcess& added = processes.emplace_back(GpuProcess{process.pid, std::nullopt});
    if (process.memory != ~0ULL) added.memory = Bytes{process.memory};
  }
  return processes;
}

std::optional<bool> NvmlGpu::ecc_enabled() const { return ask_switch(functions_->ecc_mode, handle_); }

std::optional<std::string> NvmlGpu::compute_mode() const {
  const auto mode = ask<unsigned>(functions_->compute_mode, handle_);
  if (!mode) return std::nullopt;
  switch (*mode) {
    case 0: return "default";
    case 1: return "exclusive thread";
    case 2: return "prohibited";
    case 3: return "exclusive process";
    default: return std::nullopt;
  }
}

std::optional<bool> NvmlGpu::mig_enabled() const { return ask_switch(functions_->mig_mode, handle_); }

const Nvml* Nvml::find() {
  static const std::unique_ptr<const Nvml> instance = [] {
    std::shared_ptr<const NvmlFunctions> functions = Library::load();
    return std::unique_ptr<const Nvml>{functions == nullptr ? nullptr : new Nvml{std::move(functions)}};
  }();
  return instance.get();
}

std::optional<std::string> Nvml::driver_version() const {
  std::array<char, 96> text{};
  if (functions_->driver_version == nullptr) return std::nullopt;
  if (functions_->driver_version(text.data(), static_cast<unsigned>(text.size() - 1)) != 0) return std::nullopt;
  return std::string{text.data()};
}

std::optional<std::string> Nvml::cuda_version() const {
  const auto version = ask<int>(functions_->cuda_driver_version);
  if (!version) return std::nullopt;
  return fmt::format("{}.{}", *version / 1000, *version % 1000 / 10);
}

std::optional<NvmlGpu> Nvml::gpu(const std::string& bus_id) const {
  const auto handle = ask<void*>(functions_->handle_by_bus_id, bus_id.c_str());
  if (!handle) return std::nullopt;
  return NvmlGpu{*functions_, *handle};
}

}  // namespace lanemark
