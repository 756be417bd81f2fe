// SPDX-License-Identifier: MIT

// What comes before the first byte moves: making a communicator, and the first operation over it.

#include <optional>
#include <utility>

#include "bench/suites/exchange.hpp"
#include "collectives/collectives.hpp"
#include "collectives/core/memory_agreement.hpp"

namespace lanemark {
namespace {

class CreationTrial final : public Trial {
 public:
  CreationTrial(const Backend& backend, const World& group)
      : backend_{backend}, group_{group}, stream_{group.device()} {}

  StreamRef stream() override { return stream_; }
  void reset() override { communicator_.reset(); }
  void enqueue() override { communicator_ = backend_.connect(group_, {}); }

  /// By an operation over it.
  Verdict verify() override {
    ExchangeBuffers buffers{*communicator_, Registration::plain};
    std::unique_ptr<Trial> trial;
    take_memory(group_, [&] { trial = make_exchange_trial(creation_check(), *communicator_, buffers, Bytes{}); });
    trial->begin();
    trial->enqueue();
    return trial->verify();
  }

 private:
  const Backend& backend_;
  const World& group_;
  std::unique_ptr<Communicator> communicator_;
  Stream stream_;
};

class FirstCallTrial final : public Trial {
 public:
  FirstCallTrial(Exchange exchange, Registration registration, const Backend& backend, const World& group, Bytes cache)
      : exchange_{std::move(exchange)}, registration_{registration}, backend_{backend}, group_{group}, cache_{cache} {
    connect();
    prepare();
  }

  void begin() override { exchange_trial_->begin(); }
  StreamRef stream() override { return exchange_trial_->stream(); }
  void reset() override {
    connect();
    take_memory(group_, [this] { prepare(); });
    exchange_trial_->begin();
  }
  void enqueue() override { exchange_trial_->enqueue(); }
  Verdict verify() override { return exchange_trial_->verify(); }

 private:
  void connect() {
    exchange_trial_.reset();
    buffers_.reset();
    communicator_.reset();
    communicator_ = backend_.connect(group_, {});
  }
  void prepare() {
    buffers_.emplace(*communicator_, registration_);
    exchange_trial_ = make_collective_trial(exchange_, *communicator_, *buffers_, cache_, group_);
  }

  Exchange exchange_;
  Registration registration_;
  const Backend& backend_;
  const World& group_;
  Bytes cache_;
  std::unique_ptr<Communicator> communicator_;
  std::optional<ExchangeBuffers> buffers_;
  std::unique_ptr<Trial> exchange_trial_;
};

}  // namespace

Exchange creation_check() {
  constexpr std::size_t some = 1000;
  return {.collective = &all_reduce, .dtype = DType::float32, .count = some};
}

std::unique_ptr<Trial> make_creation_trial(const Backend& backend, const World& group) {
  return std::make_unique<CreationTrial>(backend, group);
}

std::unique_ptr<Trial> make_first_call_trial(const Exchange& exchange, Registration registration,
                                             const Backend& backend, const World& group, Bytes cache) {
  return std::make_unique<FirstCallTrial>(exchange, registration, backend, group, cache);
}

}  // namespace lanemark
