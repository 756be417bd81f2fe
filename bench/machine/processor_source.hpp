// SPDX-License-Identifier: MIT

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "bench/machine/processor_set.hpp"
#include "kernels/core/units.hpp"

namespace lanemark {

/// What is counted of some processors and of this process up to one moment. What the system does not tell is 0, or
/// absent; only differences of two readings mean anything.
struct ProcessorReading {
  Seconds at{};                            ///< of a clock that only goes on
  Seconds busy{};                          ///< of the processors, in processes of all users, interrupts not counted
  Seconds stolen{};                        ///< from the processors, by a hypervisor for other machines
  Seconds own{};                           ///< of any processor, in this process
  std::uint64_t involuntary_switches = 0;  ///< of this process's threads: another took their processor
  Seconds waited{};                        ///< while some task of the node waited for a processor (PSI, "some")
  Seconds paused{};                        ///< of this process's control group, by its quota
  double load = 0;                         ///< tasks that run or want to, averaged over a minute: no difference of it
};

/// Where readings come from: the system, or a test.
class ProcessorSource {
 public:
  ProcessorSource() = default;
  ProcessorSource(const ProcessorSource&) = delete;
  ProcessorSource& operator=(const ProcessorSource&) = delete;
  ProcessorSource(ProcessorSource&&) = delete;
  ProcessorSource& operator=(ProcessorSource&&) = delete;
  virtual ~ProcessorSource() = default;

  /// On which this process may run; empty where the system does not tell.
  virtual ProcessorSet allowed() = 0;
  /// Processors' time in which the control group may run, in processors; nothing without a quota.
  virtual std::optional<double> quota() = 0;
  virtual ProcessorReading read(const ProcessorSet& processors) = 0;
};

/// Linux. `root` is where proc/ and sys/ lie; what is known of this process comes from the kernel itself.
class SystemProcessors final : public ProcessorSource {
 public:
  explicit SystemProcessors(std::filesystem::path root = "/") : root_{std::move(root)} {}
  ProcessorSet allowed() override;
  std::optional<double> quota() override;
  ProcessorReading read(const ProcessorSet& processors) override;

 private:
  std::filesystem::path root_;
};

}  // namespace lanemark
