// SPDX-License-Identifier: MIT

#include "bench/engine/sampler.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <numeric>
#include <optional>

#include "collectives/core/memory_agreement.hpp"
#include "collectives/core/mpi_check.hpp"
#include "kernels/core/event.hpp"
#include "kernels/core/graph.hpp"

namespace lanemark {
namespace {

/// Operations enqueued ahead of the device; bounds the queue without draining it.
constexpr std::uint64_t run_ahead = 256;

/// Holds the host device's stream until everything to be timed is enqueued: enqueueing takes processor time from the
/// ranks that already run. A GPU has its own, and a deep queue ahead of it would only be limited by the driver.
class StartGate {
 public:
  explicit StartGate(StreamRef stream) : stream_{stream} { stream_.hold(); }
  StartGate(const StartGate&) = delete;
  StartGate& operator=(const StartGate&) = delete;
  StartGate(StartGate&&) = delete;
  StartGate& operator=(StartGate&&) = delete;
  ~StartGate() { open(); }

  void open() const { stream_.resume(); }

 private:
  StreamRef stream_;
};

}  // namespace

Seconds Samples::total() const { return std::accumulate(times.begin(), times.end(), Seconds{0}); }

void Samples::append(const Samples& others) {
  times.insert(times.end(), others.times.begin(), others.times.end());
  slowest_rank.insert(slowest_rank.end(), others.slowest_rank.begin(), others.slowest_rank.end());
  mine.insert(mine.end(), others.mine.begin(), others.mine.end());
}

void line_up(const World& world, StreamRef stream) {
  if (stream.device().kind == DeviceKind::host) {
    stream.run([comm = world.comm()] { check(MPI_Barrier(comm)); });
  } else {
    stream.synchronize();
    world.barrier();
  }
}

/// The operations of a sample: enqueued anew each time, or captured in a graph and replayed.
class Sampler::Work {
 public:
  Work(Trial& trial, bool replayed, std::uint64_t operations)
      : trial_{trial}, operations_{operations}, limit_{trial.operations_per_refill()} {
    if (limit_ > 0) trial.reset();
    if (!replayed) return;
    // Once without the graph: what an operation sets up when it first runs cannot be captured.
    enqueue();
    trial.stream().synchronize();
    trial.reset();
    graph_.emplace(trial.stream(), [this] { enqueue_all(); });
    graph_->launch();
    trial.stream().synchronize();
  }

  /// Before each sample: data that operations change in place is brought back where it is used up.
  void prepare() {
    if (limit_ == 0) return;
    if (graph_) trial_.refill();
    else if (used_ + operations_ > limit_) trial_.reset();
    else return;
    used_ = 0;
  }

  void enqueue() {
    if (graph_) graph_->launch();
    else enqueue_all();
    used_ += operations_;
  }

 private:
  void enqueue_all() {
    for (std::uint64_t i = 0; i < operations_; ++i) trial_.enqueue();
  }

  Trial& trial_;
  std::uint64_t operations_;
  std::uint64_t limit_;
  std::uint64_t used_ = 0;
  std::optional<Graph> graph_;
};

Sampler::Sampler(const World& world, Trial& trial, Schedule schedule, std::uint64_t operations)
    : world_{world},
      trial_{trial},
      pace_{schedule.pace},
      operations_{schedule.pace == Pace::back_to_back ? operations : 1},
      work_{schedule.pace == Pace::blocking ? nullptr : std::make_unique<Work>(trial, schedule.replayed, operations_)} {
}

Sampler::Sampler(Sampler&&) noexcept = default;
Sampler::~Sampler() = default;

void Sampler::isolated(std::span<Seconds> times) {
  const StreamRef stream = trial_.stream();
  const std::size_t samples = times.size();
  std::deque<Event> events;
  for (std::uint64_t i = 0; i < 2 * samples; ++i) events.emplace_back(stream.device());
  StartGate gate{stream};
  for (std::uint64_t i = 0; i < samples; ++i) {
    work_->prepare();
    line_up(world_, stream);
    stream.record(events[2 * i]);
    work_->enqueue();
    stream.record(events[2 * i + 1]);
  }
  gate.open();
  stream.synchronize();
  for (std::uint64_t i = 0; i < samples; ++i) times[i] = elapsed(events[2 * i], events[2 * i + 1]);
}

void Sampler::back_to_back(std::span<Seconds> times) {
  const StreamRef stream = trial_.stream();
  const Event start{stream.device()};
  const Event stop{stream.device()};
  for (Seconds& time : times) {
    StartGate gate{stream};
    work_->prepare();
    line_up(world_, stream);
    stream.record(start);
    work_->enqueue();
    stream.record(stop);
    gate.open();
    stream.synchronize();
    time = elapsed(start, stop) / static_cast<double>(operations_);
  }
}

void Sampler::continuous(std::span<Seconds> times) {
  const StreamRef stream = trial_.stream();
  const std::size_t samples = times.size();
  std::deque<Event> events;
  for (std::uint64_t i = 0; i <= samples; ++i) events.emplace_back(stream.device());
  line_up(world_, stream);
  stream.record(events[0]);
  for (std::uint64_t i = 0; i < samples; ++i) {
    work_->enqueue();
    stream.record(events[i + 1]);
    if (i >= run_ahead) EventRef{events[i + 1 - run_ahead]}.synchronize();
  }
  stream.synchronize();
  for (std::uint64_t i = 0; i < samples; ++i) times[i] = elapsed(events[i], events[i + 1]);
}

void Sampler::blocking(std::span<Seconds> times) {
  for (Seconds& time : times) {
    trial_.reset();
    trial_.stream().synchronize();
    world_.barrier();
    const auto start = std::chrono::steady_clock::now();
    trial_.enqueue();
    trial_.stream().synchronize();
    time = std::chrono::steady_clock::now() - start;
  }
}

Samples Sampler::take(std::uint64_t samples) {
  Samples taken;
  std::vector<SlowestTime> slowest;
  take_memory(world_, [&] {
    taken.mine.resize(samples);
    taken.times.reserve(samples);
    taken.slowest_rank.reserve(samples);
    slowest.resize(samples);
  });
  // Each sample has events, and tasks on the host device: in pieces, however many were asked for.
  constexpr std::size_t at_once = 4096;
  for (std::size_t first = 0; first < taken.mine.size(); first += at_once) {
    const auto piece = std::span{taken.mine}.subspan(first, std::min(at_once, taken.mine.size() - first));
    switch (pace_) {
      case Pace::isolated: isolated(piece); break;
      case Pace::back_to_back: back_to_back(piece); break;
      case Pace::continuous: continuous(piece); break;
      case Pace::blocking: blocking(piece); break;
    }
  }
  world_.slowest(taken.mine, slowest);
  for (const SlowestTime& one : slowest) {
    taken.times.push_back(one.time);
    taken.slowest_rank.push_back(one.rank);
  }
  return taken;
}

}  // namespace lanemark
