// SPDX-License-Identifier: MIT

#pragma once

// Declarations of the few functions of libnvidia-ml.so.1 used here, after NVIDIA's NVML reference manual: the
// library comes with every driver, its header only with the toolkit.

namespace lanemark {

using NvmlStatus = int;  ///< 0 is success

constexpr NvmlStatus nvml_insufficient_size = 7;

enum NvmlClock { nvml_clock_sm = 1, nvml_clock_memory = 2 };

enum NvmlField : unsigned {
  nvml_field_common_nvlink_speed = 90,  ///< MB/s of one link, one direction; the same for all active links
  nvml_field_nvlink_speed = 164,        ///< MB/s of the link named by the scope
};

enum NvmlValueType : unsigned {
  nvml_value_unsigned = 1,
  nvml_value_unsigned_long = 2,
  nvml_value_unsigned_long_long = 3
};

struct NvmlFieldValue {
  unsigned field;
  unsigned scope;
  long long timestamp;
  long long latency;
  unsigned type;
  NvmlStatus status;
  union {
    unsigned as_unsigned;
    unsigned long long as_unsigned_long_long;
  };
};

struct NvmlProcessInfo {
  unsigned pid;
  unsigned long long memory;
  unsigned gpu_instance;
  unsigned compute_instance;
};

/// Null where the installed library lacks one.
struct NvmlFunctions {
  NvmlStatus (*init)();
  NvmlStatus (*shutdown)();
  NvmlStatus (*driver_version)(char* text, unsigned length);
  NvmlStatus (*cuda_driver_version)(int* version);
  NvmlStatus (*handle_by_bus_id)(const char* bus_id, void** gpu);
  NvmlStatus (*pcie_generation)(void* gpu, unsigned* generation);
  NvmlStatus (*pcie_width)(void* gpu, unsigned* lanes);
  NvmlStatus (*maximum_pcie_generation)(void* gpu, unsigned* generation);
  NvmlStatus (*maximum_pcie_width)(void* gpu, unsigned* lanes);
  NvmlStatus (*nvlink_state)(void* gpu, unsigned link, unsigned* active);
  NvmlStatus (*field_values)(void* gpu, int count, NvmlFieldValue* values);
  NvmlStatus (*clock)(void* gpu, unsigned which, unsigned* mhz);
  NvmlStatus (*maximum_clock)(void* gpu, unsigned which, unsigned* mhz);
  NvmlStatus (*clock_event_reasons)(void* gpu, unsigned long long* bits);
  NvmlStatus (*temperature)(void* gpu, unsigned sensor, unsigned* celsius);
  NvmlStatus (*power)(void* gpu, unsigned* milliwatts);
  NvmlStatus (*power_limit)(void* gpu, unsigned* milliwatts);
  NvmlStatus (*compute_processes)(void* gpu, unsigned* count, NvmlProcessInfo* processes);
  NvmlStatus (*ecc_mode)(void* gpu, unsigned* current, unsigned* pending);
  NvmlStatus (*compute_mode)(void* gpu, unsigned* mode);
  NvmlStatus (*mig_mode)(void* gpu, unsigned* current, unsigned* pending);
};

}  // namespace lanemark
