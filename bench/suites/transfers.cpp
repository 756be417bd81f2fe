// SPDX-License-Identifier: MIT

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "bench/engine/rotation.hpp"
#include "bench/engine/suite.hpp"
#include "bench/engine/untouched.hpp"
#include "bench/measurement/case_bound.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/buffer.hpp"
#include "kernels/operations.hpp"

namespace lanemark {
namespace {

enum class Direction { host_to_device, device_to_host, memory_copy };

constexpr std::string_view name_of(Direction direction) {
  switch (direction) {
    case Direction::host_to_device: return "host_to_device";
    case Direction::device_to_host: return "device_to_host";
    case Direction::memory_copy: break;
  }
  return "memory_copy";
}

/// A copy between host memory and one rank's device, or all ranks' at once.
struct Transfer {
  Direction direction;
  Placement host_memory;
  Bytes size;
  int only_rank;  ///< -1: all ranks at once
  std::uint64_t seed;
};

/// A copy of nothing touches no memory, and so needs no slots to take turns.
Rotation rotation_of(Bytes size, Bytes cache) {
  return rotate_beyond(size > Bytes{} ? cache : Bytes{}, size, size * 2);
}

DType unit_of(Bytes size) { return size.value % sizeof(std::int64_t) == 0 ? DType::int64 : DType::uint8; }

class TransferTrial final : public Trial {
 public:
  TransferTrial(const Transfer& transfer, const World& world, Bytes cache)
      : transfer_{transfer},
        active_{transfer.only_rank < 0 || transfer.only_rank == world.rank()},
        rank_{world.rank()},
        rotation_{rotation_of(transfer.size, cache)},
        host_stream_{Device{.kind = DeviceKind::host, .ordinal = 0}},
        stream_{world.device()} {
    if (!active_) return;
    host_ = Memory{world.device(), rotation_.total(), transfer.host_memory};
    device_ = Memory{world.device(), rotation_.total()};
    mismatch_ = Memory{to_device() ? world.device() : host_stream_.ref().device(), Bytes{sizeof(Mismatch)}};
  }

  void begin() override {
    if (!active_) return;
    const StreamRef stream = to_device() ? host_stream_.ref() : stream_.ref();
    fill_pattern(stream, {.dtype = unit_of(transfer_.size),
                          .op = ReduceOp::sum,
                          .ranks = 1,
                          .rank = 0,
                          .seed = seed(),
                          .first = 0,
                          .count = rotation_.total() / size_of(unit_of(transfer_.size)),
                          .values = source().data()});
    stream.synchronize();
  }

  StreamRef stream() override { return stream_; }

  void reset() override {
    used_ = 0;
    if (!active_) return;
    const StreamRef stream = to_device() ? stream_.ref() : host_stream_.ref();
    stream.fill(target().data(), std::byte{0xff}, target().size());
    stream.synchronize();
  }

  void enqueue() override {
    if (!active_) return;
    const std::uint64_t offset = rotation_.offset(used_++).value;
    stream_.ref().copy(target().data() + offset, source().data() + offset, transfer_.size);
  }

  Verdict verify() override {
    if (!active_) return {.kind = Verdict::Kind::correct};
    const StreamRef stream = to_device() ? stream_.ref() : host_stream_.ref();
    if (transfer_.size == Bytes{}) return untouched(stream, target().data(), target().size());
    const DeviceSpan<Mismatch> result{reinterpret_cast<Mismatch*>(mismatch_.data()), 1};
    const Mismatch clean{.wrong = 0, .first = std::numeric_limits<unsigned long long>::max()};
    upload<Mismatch>(stream, {&clean, 1}, result);
    constexpr std::uint64_t most_slots = 64;
    const Bytes unit = size_of(unit_of(transfer_.size));
    for (const std::uint64_t slot : rotation_.sample(used_, most_slots)) {
      check_pattern(stream, {.dtype = unit_of(transfer_.size),
                             .op = ReduceOp::sum,
                             .ranks = 1,
                             .rank = 0,
                             .seed = seed(),
                             .first = rotation_.offset(slot) / unit,
                             .count = transfer_.size / unit,
                             .offset = 0,
                             .values = target().data() + rotation_.offset(slot).value,
                             .result = result.data()});
    }
    const Mismatch found = download(stream, result).front();
    if (found.wrong == 0) return {.kind = Verdict::Kind::correct};
    return {
        .kind = Verdict::Kind::wrong,
        .detail = fmt::format("{} wrong {}-byte words, the first at index {}", found.wrong, unit.value, found.first)};
  }

 private:
  [[nodiscard]] bool to_device() const { return transfer_.direction != Direction::device_to_host; }
  [[nodiscard]] const Memory& source() const { return to_device() ? host_ : device_; }
  [[nodiscard]] const Memory& target() const { return to_device() ? device_ : host_; }
  [[nodiscard]] std::uint64_t seed() const { return transfer_.seed + static_cast<std::uint64_t>(rank_); }

  Transfer transfer_;
  bool active_;
  int rank_;
  Rotation rotation_;
  Memory host_;
  Memory device_;
  Memory mismatch_;
  Stream host_stream_;
  Stream stream_;
  std::uint64_t used_ = 0;
};

class TransfersSuite final : public Suite {
 public:
  void add_options(CLI::App& app) override {
    CLI::Option_group& group = *app.add_option_group("transfers");
    group.add_option("--memory", memories_, "host memory: pinned, pageable")->delimiter(',');
  }

  void make_quick() override { quick_ = true; }

  std::vector<PlannedCase> plan(const SuiteContext& context) override {
    const bool host = context.world.device().kind == DeviceKind::host;
    const bool few = quick_ && !context.sizes.given();
    const std::vector<Bytes> sizes =
        expand(context.sizes, kibibytes(4),
               host ? mebibytes(quick_ ? 4 : 256) : (quick_ ? mebibytes(128) : gibibytes(1)), few ? 64 : 8);
    const std::vector<Direction> directions =
        host ? std::vector{Direction::memory_copy} : std::vector{Direction::host_to_device, Direction::device_to_host};
    for (const std::string& memory : memories_) static_cast<void>(parse_placement(memory));
    std::vector<PlannedCase> cases;
    for (const Direction direction : directions) {
      // Without a GPU nothing reads pinned memory: there is one kind.
      for (const std::string& memory : host ? std::vector<std::string>{"pageable"} : memories_) {
        for (const int only_rank : who(context.world.size(), host)) {
          for (const Bytes size : sizes) {
            require_few_cases(cases.size() + 1);
            cases.push_back(plan_case({.direction = direction,
                                       .host_memory = parse_placement(memory),
                                       .size = size,
                                       .only_rank = only_rank,
                                       .seed = context.seed},
                                      memory, context));
          }
        }
      }
    }
    return cases;
  }

 private:
  static Placement parse_placement(const std::string& text) {
    if (text == "pinned") return Placement::pinned;
    if (text == "pageable") return Placement::pageable;
    throw UsageError(fmt::format("unknown host memory {}; known: pinned, pageable", in_quotes(text)));
  }

  /// Each rank's device alone, then all at once (-1); on the CPU one rank stands for all, as memory is shared.
  [[nodiscard]] std::vector<int> who(int ranks, bool host) const {
    std::vector<int> list;
    list.reserve(static_cast<std::size_t>(ranks) + 1);
    for (int rank = 0; rank < (quick_ || host ? 1 : ranks); ++rank) list.push_back(rank);
    if (ranks > 1) list.push_back(-1);
    return list;
  }

  static std::vector<IgnoredFlag> ignored(bool host) {
    std::vector<IgnoredFlag> flags{{"--ranks", "transfers are measured by each rank of the launch and by all at once"},
                                   {"--backend", "a transfer goes through no backend"}};
    if (host) flags.push_back({"--memory", "without a GPU there is one kind of memory"});
    return flags;
  }

  static PlannedCase plan_case(const Transfer& transfer, const std::string& memory, const SuiteContext& context) {
    const int active = transfer.only_rank < 0 ? context.world.size() : 1;
    const bool host = transfer.direction == Direction::memory_copy;
    const auto lanes = static_cast<std::uint64_t>(active);
    // Ranks that share a GPU share its link.
    const int links = transfer.only_rank < 0 ? devices_of(context.world.places()) : 1;
    std::optional<Limit> limit;  // a memory copy on the host is itself what others stand beside
    if (!host && context.device.host_link) {
      limit = Limit{.name = links == 1 ? "PCIe, one direction" : fmt::format("{} x PCIe, one direction", links),
                    .rate = *context.device.host_link * static_cast<double>(links)};
    }
    const Rotation rotation = rotation_of(transfer.size, context.device.last_level_cache);
    const std::string lane = transfer.only_rank < 0 ? "all" : fmt::format("{}", transfer.only_rank);
    return {.what = {.suite = "transfers",
                     .operation = std::string{name_of(transfer.direction)},
                     .backend = memory,
                     .dtype = {},
                     .size = transfer.size,
                     .mode = "bandwidth",
                     .labels = {{host ? "rank" : "gpu", lane}},
                     .ranks = context.world.size()},
            .work = {.elements = transfer.size.value * lanes, .bytes = transfer.size * lanes},
            .limit = limit,
            .transport = host ? "memory copy on the CPU" : fmt::format("{} host memory", memory),
            .pace = Pace::back_to_back,
            .ignores = ignored(host),
            .memory = rotation.total() + Bytes{sizeof(Mismatch)},
            .host_memory = rotation.total() + Bytes{sizeof(Mismatch)},
            .prepare = [transfer, &context](const World& participants) -> std::unique_ptr<Trial> {
              context.communicators.release_buffers();
              return std::make_unique<TransferTrial>(transfer, participants, context.device.last_level_cache);
            }};
  }

  std::vector<std::string> memories_{"pinned", "pageable"};
  bool quick_ = false;
};

const Registered<SuiteEntry> transfers_suite{
    {.name = "transfers",
     .order = 2,
     .what = "copies between host and device, pinned and pageable",
     .make = []() -> std::unique_ptr<Suite> { return std::make_unique<TransfersSuite>(); }}};

}  // namespace
}  // namespace lanemark
