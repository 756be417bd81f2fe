// SPDX-License-Identifier: MIT

// A barrier, and whether it is one.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>
#include <utility>

#include "bench/suites/exchange.hpp"
#include "collectives/core/mpi_check.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

class BarrierTrial final : public Trial {
 public:
  BarrierTrial(Exchange exchange, Communicator& communicator, const World& group, Seconds patience)
      : exchange_{std::move(exchange)},
        communicator_{communicator},
        group_{group},
        patience_{patience},
        stream_{communicator.device()} {
    communicator_.reserve(*exchange_.collective, exchange_.call());
  }

  void begin() override {
    if (exchange_.first_call) return;
    try {
      pass();  // sets up what only the first one needs
    } catch (const Error& error) {
      // Whether an algorithm is there only shows when it is used.
      if (exchange_.tuning == Tuning{}) throw;
      throw Unsupported(error.what());
    }
  }

  StreamRef stream() override { return stream_; }
  void enqueue() override { communicator_.run(*exchange_.collective, exchange_.call(), stream_); }

  /// All ranks go through all rounds, whatever is found in one.
  Verdict verify() override {
    Verdict verdict{.kind = Verdict::Kind::correct};
    const int ranks = group_.size();
    const int rounds = std::min(ranks, most_rounds);
    for (int round = 0; ranks > 1 && round < rounds; ++round) {
      // The first and the last, and what lies evenly between them.
      const auto late = static_cast<int>(static_cast<std::int64_t>(round) * (ranks - 1) / (rounds - 1));
      const std::optional<int> early = left_before(late);
      if (early && verdict.kind == Verdict::Kind::correct) {
        verdict = {.kind = Verdict::Kind::wrong,
                   .detail = fmt::format("rank {} left before rank {} had entered", *early, late)};
      }
    }
    return verdict;
  }

  void describe(Measurement& measurement, const Stopwatch& /*stopwatch*/) override {
    if (group_.size() > 1) measurement.route = communicator_.observe([this] { enqueue(); }, stream_);
  }

 private:
  static constexpr int most_rounds = 8;
  static constexpr int tag = 1;

  void pass() {
    enqueue();
    stream_.ref().synchronize();
  }

  /// On the rank `late`: one that was through while this one had not yet entered. Whoever is through says so by a
  /// message, which cannot be there before it was sent, whatever clocks say and however busy the machine is.
  std::optional<int> left_before(int late) {
    group_.barrier();
    if (group_.rank() == late) {
      const std::optional<int> early = first_word();
      pass();
      for (int others = 1; others < group_.size(); ++others) {
        check(MPI_Recv(nullptr, 0, MPI_BYTE, MPI_ANY_SOURCE, tag, group_.comm(), MPI_STATUS_IGNORE));
      }
      return early;
    }
    MPI_Request said = MPI_REQUEST_NULL;
    const auto say_so = [&] { check(MPI_Isend(nullptr, 0, MPI_BYTE, late, tag, group_.comm(), &said)); };
    // In tests of this check: a rank that does not wait.
    const bool hurries = exchange_.fault == group_.rank();
    if (hurries) say_so();
    pass();
    if (!hurries) say_so();
    check(MPI_Wait(&said, MPI_STATUS_IGNORE));
    return std::nullopt;
  }

  /// Whose it is, if there is one within the time that is waited for it.
  [[nodiscard]] std::optional<int> first_word() const {
    constexpr Seconds surely{30};  // one that is sent on purpose arrives, however busy the machine is
    constexpr std::chrono::microseconds between_looks{50};
    const bool hurried = exchange_.fault && *exchange_.fault != group_.rank();
    const auto end = std::chrono::steady_clock::now() + (hurried ? surely : patience_);
    do {
      int arrived = 0;
      MPI_Status status;
      check(MPI_Iprobe(MPI_ANY_SOURCE, tag, group_.comm(), &arrived, &status));
      if (arrived != 0) return status.MPI_SOURCE;
      std::this_thread::sleep_for(between_looks);
    } while (std::chrono::steady_clock::now() < end);
    return std::nullopt;
  }

  Exchange exchange_;
  Communicator& communicator_;
  const World& group_;
  Seconds patience_;
  Stream stream_;
};

}  // namespace

std::unique_ptr<Trial> make_barrier_trial(const Exchange& exchange, Communicator& communicator, const World& group,
                                          Seconds patience) {
  return std::make_unique<BarrierTrial>(exchange, communicator, group, patience);
}

}  // namespace lanemark
