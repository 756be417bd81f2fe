#include "collectives/collectives.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "bench/rotation.hpp"
#include "bench/suite.hpp"
#include "kernels/core/buffer.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

/// One collective at one size.
struct Exchange {
  const Collective* collective;
  const Backend* backend;
  DType dtype;
  ReduceOp op;
  std::size_t count;
  std::uint64_t seed;
  bool warm_cache;  ///< one buffer used again and again, as a loop over one tensor finds it
};

std::size_t most_elements(const Exchange& exchange, int ranks,
                          std::size_t (*elements)(std::size_t count, int ranks, int rank)) {
  std::size_t most = 0;
  for (int rank = 0; rank < ranks; ++rank) most = std::max(most, elements(exchange.count, ranks, rank));
  return most;
}

struct Slots {
  Rotation send;
  Rotation receive;
};

/// The same on every rank, so that a slot holds the same indices of the pattern everywhere.
Slots slots_for(const Exchange& exchange, int ranks, Bytes cache) {
  const Bytes send = size_of(exchange.dtype) * most_elements(exchange, ranks, exchange.collective->send_count);
  const Bytes receive = size_of(exchange.dtype) * most_elements(exchange, ranks, exchange.collective->receive_count);
  Slots slots{.send = rotate_beyond(cache, send, send + receive),
              .receive = rotate_beyond(cache, receive, send + receive)};
  if (exchange.warm_cache) slots.send.slots = 1;
  slots.send.slots = slots.receive.slots = std::min(slots.send.slots, slots.receive.slots);
  return slots;
}

class CollectiveTrial final : public Trial {
 public:
  CollectiveTrial(const Exchange& exchange, Communicator& communicator, Bytes cache)
      : exchange_{exchange},
        communicator_{communicator},
        slots_{slots_for(exchange, communicator.size(), cache)},
        send_{communicator.device(), slots_.send.total()},
        receive_{communicator.device(), slots_.receive.total()},
        mismatch_{communicator.device(), 1},
        stream_{communicator.device()} {}

  void begin() override {
    fill_pattern(stream_.ref(), {.dtype = exchange_.dtype,
                                 .op = exchange_.op,
                                 .ranks = communicator_.size(),
                                 .rank = communicator_.rank(),
                                 .seed = exchange_.seed,
                                 .first = 0,
                                 .count = send_.size() / size_of(exchange_.dtype),
                                 .values = send_.data()});
    stream_.ref().synchronize();
  }

  StreamRef stream() override { return stream_; }

  /// Poisons what the operations must write.
  void reset() override {
    used_ = 0;
    stream_.ref().fill(receive_.data(), std::byte{0xff}, receive_.size());
    stream_.ref().synchronize();
  }

  void enqueue(std::uint64_t index) override {
    used_ = std::max(used_, index + 1);
    communicator_.run(*exchange_.collective,
                      {.send = send_.data() + slots_.send.offset(index).value,
                       .receive = receive_.data() + slots_.receive.offset(index).value,
                       .count = exchange_.count,
                       .dtype = exchange_.dtype,
                       .op = exchange_.op},
                      stream_);
  }

  Verdict verify() override {
    constexpr std::uint64_t most_slots = 256;
    const Mismatch clean{.wrong = 0, .first = std::numeric_limits<unsigned long long>::max()};
    upload<Mismatch>(stream_, {&clean, 1}, mismatch_);
    for (const std::uint64_t slot : slots_.receive.sample(used_, most_slots)) check_slot(slot);
    const Mismatch found = download(stream_.ref(), mismatch_.span()).front();
    if (found.wrong == 0) return {.kind = Verdict::Kind::correct};
    return {.kind = Verdict::Kind::wrong,
            .detail = fmt::format("{} wrong elements, the first at index {}", found.wrong, found.first)};
  }

 private:
  void check_slot(std::uint64_t slot) {
    const std::size_t element = size_of(exchange_.dtype).value;
    const std::size_t base = slots_.send.offset(slot).value / element;
    for (const ExpectedRun& run :
         exchange_.collective->expected(exchange_.count, communicator_.size(), communicator_.rank())) {
      check_pattern(stream_.ref(),
                    {.dtype = exchange_.dtype,
                     .op = exchange_.op,
                     .ranks = communicator_.size(),
                     .rank = run.rank,
                     .seed = exchange_.seed,
                     .first = base + run.source,
                     .count = run.count,
                     .offset = run.offset,
                     .values = receive_.data() + slots_.receive.offset(slot).value + run.offset * element,
                     .result = mismatch_.data()});
    }
  }

  Exchange exchange_;
  Communicator& communicator_;
  Slots slots_;
  Memory send_;
  Memory receive_;
  DeviceBuffer<Mismatch> mismatch_;
  Stream stream_;
  std::uint64_t used_ = 0;
};

class CollectivesSuite final : public Suite {
 public:
  void add_options(CLI::App& app) override {
    CLI::Option_group& group = *app.add_option_group("collectives");
    group.add_option("--collective", collectives_, "collectives, comma-separated")->delimiter(',');
    group.add_option("-d,--dtype", dtypes_, "data types: int8 uint8 int32 int64 half bfloat16 float double")
        ->delimiter(',');
    group.add_option("-o,--op", ops_, "reductions: sum prod min max avg")->delimiter(',');
    group.add_option("--mode", modes_, "latency, bandwidth")->delimiter(',');
    group.add_option("--cache", cache_, "cold: buffers rotate beyond the last-level cache; warm: one buffer")
        ->capture_default_str();
  }

  void make_quick() override { quick_ = true; }

  std::vector<PlannedCase> plan(const SuiteContext& context) override {
    const bool host = context.world.device().kind == DeviceKind::host;
    const SizeRange quick{.smallest = {}, .largest = {}, .factor = 64};
    const bool sizes_given = context.sizes.smallest || context.sizes.largest;
    const std::vector<Bytes> sizes =
        expand(quick_ && !sizes_given ? quick : context.sizes, Bytes{8}, host ? mebibytes(16) : gibibytes(1));
    std::vector<PlannedCase> cases;
    for (const std::string& collective : collectives_) {
      for (const Backend* backend : context.backends) {
        for (const int ranks : context.ranks.empty() ? std::vector{context.world.size()} : context.ranks) {
          for (const std::string& dtype : dtypes_) {
            for (const std::string& op : ops_) {
              for (const std::string& mode : modes_) {
                for (const Bytes size : sizes) {
                  const Exchange exchange{.collective = &Registry<Collective>::get("collective", collective),
                                          .backend = backend,
                                          .dtype = parse_dtype(dtype),
                                          .op = parse_reduce_op(op),
                                          .count = 0,
                                          .seed = context.seed,
                                          .warm_cache = warm_cache()};
                  cases.push_back(plan_case(exchange, ranks, mode, size, context));
                }
              }
            }
          }
        }
      }
    }
    return cases;
  }

 private:
  [[nodiscard]] bool warm_cache() const {
    if (cache_ == "cold" || cache_ == "warm") return cache_ == "warm";
    throw UsageError(fmt::format("unknown --cache '{}'; known: cold, warm", cache_));
  }

  static PlannedCase plan_case(Exchange exchange, int ranks, const std::string& mode, Bytes size,
                               const SuiteContext& context) {
    if (mode != "latency" && mode != "bandwidth") {
      throw UsageError(fmt::format("unknown mode '{}'; known: latency, bandwidth", mode));
    }
    const Collective& collective = *exchange.collective;
    const Bytes unit = size_of(exchange.dtype) * collective.size_count(1, ranks);
    exchange.count = size / unit;
    if (exchange.count == 0) {
      throw UsageError(fmt::format("size {} is less than one {} element for {} of {} ranks; use at least {}",
                                   size_name(size), name(exchange.dtype), collective.name, ranks, size_name(unit)));
    }
    const Slots slots = slots_for(exchange, ranks, context.device.last_level_cache);
    PlannedCase planned{.what = {.suite = "collectives",
                                 .operation = std::string{collective.name},
                                 .backend = std::string{exchange.backend->name},
                                 .dtype = std::string{name(exchange.dtype)},
                                 .size = unit * exchange.count,
                                 .mode = mode,
                                 .ranks = ranks},
                        .work = {.elements = exchange.count,
                                 .bytes = unit * exchange.count,
                                 .bus_factor = collective.bus_factor(ranks)},
                        .limit = ranks > 1 ? limit_of(*exchange.backend, context) : std::nullopt,
                        .transport = std::string{exchange.backend->transport},
                        .pace = mode == "latency" ? Pace::isolated : Pace::back_to_back,
                        .memory = slots.send.total() + slots.receive.total(),
                        .prepare = [exchange, &context](const World& participants) -> std::unique_ptr<Trial> {
                          Communicator& communicator = context.communicators.get(*exchange.backend, participants);
                          return std::make_unique<CollectiveTrial>(exchange, communicator,
                                                                   context.device.last_level_cache);
                        }};
    if (collective.reduces && exchange.op != ReduceOp::sum) {
      planned.what.labels.push_back({"op", std::string{name(exchange.op)}});
    }
    if (exchange.warm_cache) planned.what.labels.push_back({"cache", "warm"});
    return planned;
  }

  std::vector<std::string> collectives_{"all_reduce"};
  std::vector<std::string> dtypes_{"float"};
  std::vector<std::string> ops_{"sum"};
  std::vector<std::string> modes_{"latency", "bandwidth"};
  std::string cache_ = "cold";
  bool quick_ = false;
};

const Registered<SuiteEntry> collectives_suite{
    {.name = "collectives",
     .order = 1,
     .what = "all_reduce and other collectives over each backend",
     .make = []() -> std::unique_ptr<Suite> { return std::make_unique<CollectivesSuite>(); }}};

}  // namespace
}  // namespace lanemark
