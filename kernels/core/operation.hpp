// SPDX-License-Identifier: MIT

#pragma once

#include <array>
#include <string_view>

#include "kernels/core/device.hpp"
#include "kernels/core/stream.hpp"

namespace lanemark {

/// Whose code computes: lanemark's own kernels, or the vendor's library (cuBLAS, OpenBLAS).
enum class Compute { hand, library };

std::string_view name(Compute compute);
/// "hand" or "library"; throws UsageError.
Compute parse_compute(std::string_view text);

/// The stream an operation is enqueued on and whose code it uses there.
struct Executor {
  // NOLINTNEXTLINE(google-explicit-constructor,hicpp-explicit-conversions): a stream alone means our own kernels
  Executor(StreamRef on, Compute with = Compute::hand) : stream{on}, compute{with} {}
  StreamRef stream;
  Compute compute;
};

[[noreturn]] void throw_not_implemented(std::string_view operation, DeviceKind kind);

/// An operation declared once for all devices. Its implementations register from their own files; calling it
/// enqueues the one of the stream's device. Where only one of hand and library exists, it serves both.
template <class Arguments>
class Operation {
 public:
  using Implementation = void (*)(StreamRef, const Arguments&);

  constexpr explicit Operation(std::string_view operation_name) : name_{operation_name} {}

  void operator()(const Executor& on, const Arguments& arguments) const {
    find(on.stream.device().kind, on.compute)(on.stream, arguments);
  }

  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] bool has(DeviceKind kind, Compute compute) const { return slot(kind, compute) != nullptr; }
  void implement(DeviceKind kind, Compute compute, Implementation with) { slot(kind, compute) = with; }

 private:
  static constexpr std::size_t index(DeviceKind kind, Compute compute) {
    return 2 * static_cast<std::size_t>(kind) + static_cast<std::size_t>(compute);
  }
  Implementation& slot(DeviceKind kind, Compute compute) { return table_.at(index(kind, compute)); }
  [[nodiscard]] Implementation slot(DeviceKind kind, Compute compute) const { return table_.at(index(kind, compute)); }

  [[nodiscard]] Implementation find(DeviceKind kind, Compute compute) const {
    if (const Implementation exact = slot(kind, compute)) return exact;
    const Compute other = compute == Compute::hand ? Compute::library : Compute::hand;
    if (const Implementation only = slot(kind, other)) return only;
    throw_not_implemented(name_, kind);
  }

  std::string_view name_;
  std::array<Implementation, 4> table_{};
};

/// Registers an implementation during static initialisation.
struct Implements {
  template <class Arguments>
  Implements(Operation<Arguments>& operation, DeviceKind kind, Compute compute,
             typename Operation<Arguments>::Implementation with) {
    operation.implement(kind, compute, with);
  }
};

}  // namespace lanemark
