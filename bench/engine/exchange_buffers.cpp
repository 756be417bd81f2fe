// SPDX-License-Identifier: MIT

#include "bench/engine/exchange_buffers.hpp"

namespace lanemark {

void ExchangeBuffers::reserve(Bytes send, Bytes receive) {
  // Both are given back before either is taken, so that they need not fit twice.
  const bool send_grows = send > send_.size;
  const bool receive_grows = receive > receive_.size;
  if (send_grows) send_ = {};
  if (receive_grows) receive_ = {};
  try {
    if (send_grows) send_ = {.memory = communicator_->allocate(send, registration_), .size = send};
    if (receive_grows) receive_ = {.memory = communicator_->allocate(receive, registration_), .size = receive};
  } catch (...) {
    release();
    throw;
  }
}

void ExchangeBuffers::attach() {
  for (Buffer* const buffer : {&send_, &receive_}) {
    if (!buffer->memory || buffer->attached) continue;
    buffer->memory->attach();
    buffer->attached = true;
  }
}

void ExchangeBuffers::release() {
  send_ = {};
  receive_ = {};
}

}  // namespace lanemark
