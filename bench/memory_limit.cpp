#include "bench/memory_limit.hpp"

#include "bench/stopwatch.hpp"
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

Limit measure_memory_limit(const World& world) {
  CopyTrial trial{world.device()};
  const Stopwatch stopwatch{world};
  stopwatch.time(trial, {.pace = Pace::back_to_back}, {.samples = 1, .operations = 2});
  const Samples samples = stopwatch.time(trial, {.pace = Pace::back_to_back}, {.samples = 5, .operations = 2});
  return {.name = "memory copy, all ranks at once", .rate = copied / quantile(samples.times, 0.5)};
}

}  // namespace lanemark
