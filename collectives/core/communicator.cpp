// SPDX-License-Identifier: MIT

#include "collectives/core/communicator.hpp"

#include <fmt/format.h>

#include "kernels/core/error.hpp"
#include "kernels/core/names.hpp"

namespace lanemark {
namespace {

class PlainMemory final : public ExchangeMemory {
 public:
  PlainMemory(Device device, Bytes size) : memory_{device, size} {}
  [[nodiscard]] std::byte* data() const override { return memory_.data(); }

 private:
  Memory memory_;
};

constexpr std::array<std::string_view, all_registrations.size()> registration_names{"plain", "registered", "symmetric"};

}  // namespace

std::string_view name(Registration registration) {
  return registration_names.at(static_cast<std::size_t>(registration));
}

Registration parse_registration(std::string_view text) {
  return parse_name<Registration>("buffers", text, registration_names);
}

std::unique_ptr<ExchangeMemory> Communicator::allocate(Bytes size, Registration registration) const {
  if (registration != Registration::plain) {
    throw Error(fmt::format("this backend has no {} buffers", name(registration)));
  }
  return std::make_unique<PlainMemory>(device_, size);
}

std::optional<Route> Communicator::observe(const std::function<void()>& /*work*/, StreamRef /*stream*/) const {
  return std::nullopt;
}

void Communicator::run(const Collective& collective, const CollectiveCall& call, StreamRef stream) {
  bytes_sent_ += collective.sent(call, size_, rank_) * static_cast<double>(size_of(call.dtype).value);
  if (!run_native(collective, call, stream)) collective.compose(*this, call, stream);
}

std::byte* Communicator::scratch(Bytes size) {
  if (scratch_.size() < size) {
    scratch_ = Memory{};  // first, so that both need not fit
    scratch_ = Memory{device_, size};
  }
  return scratch_.data();
}

Backend::Beside beside_composition(const Collective& collective, const CollectiveCall& call, int ranks) {
  const std::size_t elements = collective.scratch_count == nullptr ? 0 : collective.scratch_count(call, ranks);
  return {.device = size_of(call.dtype) * elements, .host = {}};
}

}  // namespace lanemark
