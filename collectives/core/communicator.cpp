#include "collectives/core/communicator.hpp"

namespace lanemark {

void Communicator::run(const Collective& collective, const CollectiveCall& call, StreamRef stream) {
  bytes_sent_ += collective.sent(call, size_, rank_) * static_cast<double>(size_of(call.dtype).value);
  if (!run_native(collective, call, stream)) collective.compose(*this, call, stream);
}

std::byte* Communicator::scratch(Bytes size, StreamRef stream) {
  if (scratch_.size() < size) {
    stream.synchronize();
    scratch_ = Memory{};
    scratch_ = Memory{device_, size};
  }
  return scratch_.data();
}

}  // namespace lanemark
