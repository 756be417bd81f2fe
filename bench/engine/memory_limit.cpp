// SPDX-License-Identifier: MIT

#include "bench/engine/memory_limit.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "bench/engine/room.hpp"
#include "bench/engine/stopwatch.hpp"
#include "bench/files/standard_streams.hpp"
#include "collectives/core/memory_agreement.hpp"
#include "kernels/core/buffer.hpp"

namespace lanemark {
namespace {

constexpr Bytes copied = mebibytes(64);

class CopyTrial final : public Trial {
 public:
  explicit CopyTrial(Device device) : stream_{device}, from_{device, copied}, to_{device, copied} {
    stream_.ref().fill(from_.data(), std::byte{1}, copied);
  }
  StreamRef stream() override { return stream_; }
  void enqueue() override { stream_.ref().copy(to_.data(), from_.data(), copied); }
  Verdict verify() override { return {}; }

 private:
  Stream stream_;
  Memory from_;
  Memory to_;
};

}  // namespace

std::optional<Limit> measure_memory_limit(const World& world) {
  std::optional<CopyTrial> trial;
  const auto lacking = lack_in([&] {
    take_memory(world, [&] {
      if (copied * 2 > device_room(world)) throw OutOfMemory("not enough memory to copy in");
      trial.emplace(world.device());
    });
  });
  if (lacking) {
    if (world.is_root()) {
      say("nothing to compare with what moves in memory, as copying was not measured: {}", *lacking);
    }
    return std::nullopt;
  }
  const Stopwatch stopwatch{world};
  stopwatch.time(*trial, {.pace = Pace::back_to_back}, {.samples = 1, .operations = 2});
  const Samples samples = stopwatch.time(*trial, {.pace = Pace::back_to_back}, {.samples = 5, .operations = 2});
  return Limit{.name = "memory copy, all ranks at once", .rate = copied / quantile(samples.times, 0.5)};
}

}  // namespace lanemark
