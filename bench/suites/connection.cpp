// What comes before the first byte moves: making a communicator, and the first operation over it.

#include <optional>
#include <utility>

#include "bench/suites/exchange.hpp"
#include "collectives/collectives.hpp"

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
    constexpr std::size_t some = 1000;
    const Exchange exchange{.collective = &all_reduce, .dtype = DType::float32, .count = some};
    ExchangeBuffers buffers{*communicator_, Registration::plain};
    const auto trial = make_exchange_trial(exchange, *communicator_, buffers, Bytes{});
    trial->begin();
    trial->enqueue();
    return trial->verify();
  }

 private:
  const Backend& backend_;
  const World& group_;
  Stream stream_;
  std::unique_ptr<Communicator> communicator_;
};

class FirstCallTrial final : public Trial {
 public:
  FirstCallTrial(Exchange exchange, Registration registration, const Backend& backend, const World& group, Bytes cache)
      : exchange_{std::move(exchange)}, registration_{registration}, backend_{backend}, group_{group}, cache_{cache} {
    connect();
  }

  void begin() override { exchange_trial_->begin(); }
  StreamRef stream() override { return exchange_trial_->stream(); }
  void reset() override {
    connect();
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
    buffers_.emplace(*communicator_, registration_);
    exchange_trial_ = make_exchange_trial(exchange_, *communicator_, *buffers_, cache_);
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

std::unique_ptr<Trial> make_creation_trial(const Backend& backend, const World& group) {
  return std::make_unique<CreationTrial>(backend, group);
}

std::unique_ptr<Trial> make_first_call_trial(const Exchange& exchange, Registration registration,
                                             const Backend& backend, const World& group, Bytes cache) {
  return std::make_unique<FirstCallTrial>(exchange, registration, backend, group, cache);
}

}  // namespace lanemark
