// SPDX-License-Identifier: MIT

#include "bench/suites/exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "bench/engine/untouched.hpp"
#include "kernels/core/buffer.hpp"
#include "kernels/corrupt.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

/// Elements that fit a rank's part wherever it lies.
std::size_t most_elements(const Exchange& exchange, int ranks,
                          std::size_t (*elements)(const CollectiveCall& call, int ranks, int rank)) {
  std::size_t most = 0;
  for (int rank = 0; rank < ranks; ++rank) most = std::max(most, elements(exchange.call(), ranks, rank));
  return most;
}

class ExchangeTrial final : public Trial {
 public:
  ExchangeTrial(const Exchange& exchange, Communicator& communicator, ExchangeBuffers& buffers, Bytes cache)
      : exchange_{exchange},
        communicator_{communicator},
        buffers_{buffers},
        slots_{slots_of(exchange, communicator.size(), cache)},
        place_{in_place()},
        mismatch_{communicator.device(), 1},
        stream_{communicator.device()} {
    buffers_.reserve(slots_.send_total(), exchange.in_place ? Bytes{} : slots_.receive_total());
    communicator_.reserve(*exchange_.collective, exchange_.call());
  }
  ExchangeTrial(const ExchangeTrial&) = delete;
  ExchangeTrial& operator=(const ExchangeTrial&) = delete;
  ExchangeTrial(ExchangeTrial&&) = delete;
  ExchangeTrial& operator=(ExchangeTrial&&) = delete;
  /// Buffers that not every rank came to begin with are in no common state.
  ~ExchangeTrial() override {
    if (!begun_) buffers_.release();
  }

  void begin() override {
    const bool plain = buffers_.registration() == Registration::plain && exchange_.tuning == Tuning{};
    try {
      buffers_.attach();
      fill_contributions();
      if (exchange_.is_empty()) refill();  // a first call is not reset before
      // Sets up what only the first operation needs, and may wait for.
      if (!exchange_.first_call) enqueue();
      stream_.ref().synchronize();
    } catch (const Error& error) {
      // Whether a registration or an algorithm is there only shows when it is used.
      if (plain) throw;
      throw Unsupported(error.what());
    }
    begun_ = true;
  }

  StreamRef stream() override { return stream_; }

  /// Poisons what the operations must write.
  void reset() override {
    first_ = next_;
    used_ = 0;
    refill();
  }

  [[nodiscard]] std::uint64_t operations_per_refill() const override {
    return exchange_.in_place && !exchange_.is_empty() ? slots_.send.slots : 0;
  }

  void refill() override {
    if (!exchange_.in_place) stream_.ref().fill(buffers_.receive(), std::byte{0xff}, slots_.receive_total());
    else fill_contributions();  // a send buffer of its own is never written to
  }

  void enqueue() override {
    const std::uint64_t slot = next_++ % slots_.send.slots;
    ++used_;
    CollectiveCall call = exchange_.call();
    call.send = send_at(slot);
    call.receive = receive_at(slot);
    communicator_.run(*exchange_.collective, call, stream_);
  }

  Verdict verify() override {
    if (exchange_.is_empty()) return verify_untouched();
    constexpr std::uint64_t most_slots = 256;
    const Mismatch clean{.wrong = 0, .first = std::numeric_limits<unsigned long long>::max()};
    upload<Mismatch>(stream_, {&clean, 1}, mismatch_);
    const std::vector<std::uint64_t> used = slots_.send.sample(used_, most_slots);
    if (exchange_.fault && !used.empty()) spoil(slot_of(used.back()));
    for (const std::uint64_t index : used) check_slot(slot_of(index));
    const Mismatch found = download(stream_.ref(), mismatch_.span()).front();
    if (found.wrong == 0) return {.kind = Verdict::Kind::correct};
    return {.kind = Verdict::Kind::wrong,
            .detail = fmt::format("{} wrong elements, the first at index {}", found.wrong, found.first)};
  }

  void describe(Measurement& measurement, const Stopwatch& /*stopwatch*/) override {
    if (communicator_.size() == 1 || exchange_.is_empty()) return;
    measurement.route = communicator_.observe([this] { enqueue(); }, stream_);
    // NCCL reports every kernel but those made for symmetric windows.
    if (!measurement.route && buffers_.registration() == Registration::symmetric) {
      measurement.route = Route{.algorithm = "SYMMETRIC", .inferred = true};
    }
  }

 private:
  /// Where nothing was sent, nothing may have arrived: the output is the poison that it was.
  Verdict verify_untouched() {
    const bool spoilt = exchange_.fault && *exchange_.fault % communicator_.size() == communicator_.rank();
    if (spoilt && used_ > 0) corrupt(stream_, receive_at(0), Bytes{1});
    const bool shared = exchange_.in_place;
    return untouched(stream_, shared ? buffers_.send() : buffers_.receive(),
                     shared ? slots_.send_total() : slots_.receive_total());
  }

  /// The first slots get the pattern, the others copies of them, as working it out takes a CPU longer. In place the
  /// other ranks' parts thus start as something that they must not be in the end.
  void fill_contributions() {
    if (exchange_.is_empty()) return stream_.ref().fill(buffers_.send(), std::byte{0xff}, slots_.send_total());
    const Bytes whole = slots_.send.total();
    const Bytes patterned = slots_.send.stride * pattern_slots();
    std::byte* const first = buffers_.send() + slots_.margin.value;
    stream_.ref().fill(buffers_.send(), std::byte{0xff}, slots_.margin + slots_.send.stride);
    fill_pattern(stream_.ref(), {.dtype = exchange_.dtype,
                                 .op = exchange_.op,
                                 .ranks = reducing_ranks(),
                                 .rank = communicator_.rank(),
                                 .seed = exchange_.seed,
                                 .first = 0,
                                 .count = patterned / size_of(exchange_.dtype) - place_.send,
                                 .values = send_at(0)});
    for (Bytes done = patterned; done < whole; done = done * 2) {
      stream_.ref().copy(first + done.value, first, std::min(done, whole - done));
    }
  }

  /// What only moves may be anything, and is harder to take for something else.
  [[nodiscard]] int reducing_ranks() const { return exchange_.collective->reduces ? communicator_.size() : 1; }

  /// Slots after which contributions repeat.
  [[nodiscard]] std::uint64_t pattern_slots() const {
    constexpr Bytes enough = mebibytes(8);
    return std::clamp<std::uint64_t>(enough / slots_.send.stride, 1, slots_.send.slots);
  }

  [[nodiscard]] InPlace in_place() const {
    if (!exchange_.in_place) return {.send = 0, .receive = 0};
    return exchange_.collective->in_place(exchange_.call(), communicator_.size(), communicator_.rank());
  }
  [[nodiscard]] std::byte* send_at(std::uint64_t slot) const {
    const Bytes place = size_of(exchange_.dtype) * place_.send;
    return buffers_.send() + (slots_.margin + slots_.send.offset(slot) + place).value;
  }
  [[nodiscard]] std::byte* receive_at(std::uint64_t slot) const {
    const Bytes place = size_of(exchange_.dtype) * place_.receive;
    return (exchange_.in_place ? buffers_.send() : buffers_.receive()) +
           (slots_.margin + slots_.receive.offset(slot) + place).value;
  }
  /// The slot of the operation `index` since the last reset.
  [[nodiscard]] std::uint64_t slot_of(std::uint64_t index) const { return (first_ + index) % slots_.send.slots; }
  [[nodiscard]] std::vector<ExpectedRun> expected(int rank) const {
    return exchange_.collective->expected(exchange_.call(), communicator_.size(), rank);
  }

  void check_slot(std::uint64_t slot) {
    const Bytes element = size_of(exchange_.dtype);
    const std::size_t base = slots_.send.offset(slot % pattern_slots()) / element;
    for (const ExpectedRun& run : expected(communicator_.rank())) {
      check_pattern(stream_.ref(), {.dtype = exchange_.dtype,
                                    .op = exchange_.op,
                                    .ranks = reducing_ranks(),
                                    .rank = run.rank,
                                    .seed = exchange_.seed,
                                    .first = base + run.source,
                                    .count = run.count,
                                    .offset = run.offset,
                                    .values = receive_at(slot) + run.offset * element.value,
                                    .result = mismatch_.data()});
    }
  }

  void spoil(std::uint64_t slot) {
    const int ranks = communicator_.size();
    for (int rank = *exchange_.fault % ranks, tried = 0; tried < ranks; ++tried, rank = (rank + 1) % ranks) {
      for (const ExpectedRun& run : expected(rank)) {
        if (run.count == 0) continue;
        const Bytes element = size_of(exchange_.dtype);
        const std::size_t spoilt = run.offset + run.count / 2;
        if (rank == communicator_.rank()) corrupt(stream_, receive_at(slot) + spoilt * element.value, element);
        return;
      }
    }
  }

  Exchange exchange_;
  Communicator& communicator_;
  ExchangeBuffers& buffers_;  ///< in place only to send from
  ExchangeSlots slots_;
  InPlace place_;
  DeviceBuffer<Mismatch> mismatch_;
  Stream stream_;
  bool begun_ = false;
  std::uint64_t next_ = 0;   ///< operation
  std::uint64_t first_ = 0;  ///< operation since the last reset
  std::uint64_t used_ = 0;   ///< operations since then
};

}  // namespace

ExchangeSlots slots_of(const Exchange& exchange, int ranks, Bytes cache) {
  const Bytes element = size_of(exchange.dtype);
  const Bytes margin = element * exchange.misaligned;
  if (exchange.is_empty()) {
    // Memory that nobody touches need not rotate beyond the cache.
    const Rotation one = rotate_beyond(Bytes{}, Bytes{}, Bytes{});
    return {.send = one, .receive = one, .margin = margin};
  }
  const Bytes send = element * most_elements(exchange, ranks, exchange.collective->send_count);
  const Bytes receive = element * most_elements(exchange, ranks, exchange.collective->receive_count);
  if (exchange.in_place) {
    const Bytes larger = std::max(send, receive);
    Rotation both = rotate_beyond(cache, larger, larger);
    // Each refill serves as many operations as there are slots.
    constexpr std::uint64_t fewest = 4;
    both.slots = exchange.warm_cache ? 1 : std::max(both.slots, fewest);
    return {.send = both, .receive = both, .margin = margin};
  }
  ExchangeSlots slots{.send = rotate_beyond(cache, send, send + receive),
                      .receive = rotate_beyond(cache, receive, send + receive),
                      .margin = margin};
  if (exchange.warm_cache) slots.send.slots = 1;
  slots.send.slots = slots.receive.slots = std::min(slots.send.slots, slots.receive.slots);
  return slots;
}

Backend::Beside memory_of(const Exchange& exchange, const Backend& backend, int ranks, Bytes cache) {
  const auto beside =
      backend.beside == nullptr ? Backend::Beside{} : backend.beside(*exchange.collective, exchange.call(), ranks);
  if (!exchange.collective->moves) return beside;
  const ExchangeSlots slots = slots_of(exchange, ranks, cache);
  const Bytes buffers = exchange.in_place ? slots.send_total() : slots.send_total() + slots.receive_total();
  return {.device = buffers + beside.device + Bytes{sizeof(Mismatch)}, .host = beside.host};
}

std::unique_ptr<Trial> make_exchange_trial(const Exchange& exchange, Communicator& communicator,
                                           ExchangeBuffers& buffers, Bytes cache) {
  return std::make_unique<ExchangeTrial>(exchange, communicator, buffers, cache);
}

std::unique_ptr<Trial> make_collective_trial(const Exchange& exchange, Communicator& communicator,
                                             ExchangeBuffers& buffers, Bytes cache, const World& group) {
  if (!exchange.collective->moves) return make_barrier_trial(exchange, communicator, group);
  return make_exchange_trial(exchange, communicator, buffers, cache);
}

}  // namespace lanemark
