// SPDX-License-Identifier: MIT

#pragma once

#include <memory>

#include "collectives/core/communicator.hpp"

namespace lanemark {

/// What a communicator's exchanges send from and receive into, kept from case to case: to allocate and register takes
/// longer than to measure. All ranks call `reserve` with the same sizes, so that they register together.
class ExchangeBuffers {
 public:
  /// Of a communicator that outlives them.
  ExchangeBuffers(const Communicator& communicator, Registration registration)
      : communicator_{&communicator}, registration_{registration} {}

  /// At least so large; what they held before is lost. Local. Throws OutOfMemory, and then holds nothing.
  void reserve(Bytes send, Bytes receive);
  /// Collective, once every rank has reserved.
  void attach();
  void release();

  [[nodiscard]] Registration registration() const { return registration_; }
  [[nodiscard]] std::byte* send() const { return send_.memory->data(); }
  [[nodiscard]] std::byte* receive() const { return receive_.memory->data(); }
  /// Memory they hold now.
  [[nodiscard]] Bytes held() const { return send_.size + receive_.size; }

 private:
  struct Buffer {
    std::unique_ptr<ExchangeMemory> memory;
    Bytes size;
    bool attached = false;
  };

  const Communicator* communicator_;
  Registration registration_;
  Buffer send_;
  Buffer receive_;
};

}  // namespace lanemark
