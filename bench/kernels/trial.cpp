// SPDX-License-Identifier: MIT

#include "bench/kernels/trial.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <vector>

#include "bench/engine/room.hpp"
#include "bench/engine/rotation.hpp"
#include "bench/files/standard_streams.hpp"
#include "collectives/core/memory_agreement.hpp"

namespace lanemark {
namespace {

/// Sets of buffers that an operation after the other uses in turn, to find nothing in the cache. What is changed in
/// place moves twice, and takes up half of that. On a CPU only for kernels that memory limits: products of the sizes
/// measured there stay in its caches in a training step too, and thousands of sets would take longer to fill than to
/// measure.
std::uint64_t sets_beyond(Bytes cache, const KernelCase& what, DeviceKind kind) {
  const Work work = what.kernel->work(what.shape, what.precision);
  if (kind == DeviceKind::host && work.flops.value > 0) return 1;
  return rotate_beyond(cache, what.kernel->memory(what.shape, what.precision), Bytes{work.bytes.value / 2}).slots;
}

class KernelTrial final : public Trial {
 public:
  KernelTrial(const KernelCase& what, const World& world, const DeviceProperties& device, Ceilings& ceilings)
      : case_{what}, world_{world}, device_{device}, ceilings_{ceilings}, stream_{world.device()} {
    static_cast<void>(ceilings_.get(world_, device_));
    const std::uint64_t sets = sets_beyond(device.last_level_cache, what, world.device().kind);
    for (std::uint64_t i = 0; i < sets; ++i) {
      sets_.push_back(what.kernel->make(stream_, what.shape, what.precision, what.seed + 1000 * i));
    }
    // Once, as a kernel may take memory to work in when it first runs.
    enqueue();
    stream_.ref().synchronize();
  }

  StreamRef stream() override { return stream_; }
  void enqueue() override {
    used_ = next_;
    sets_[used_]->run({stream_, case_.compute});
    next_ = (next_ + 1) % sets_.size();
  }

  /// The set that was timed last runs once more, with its outputs poisoned before: what a run changes in place has
  /// changed too often for anything to be said about it.
  Verdict verify() override {
    std::string problem;
    take_memory(world_, [&] {
      KernelData& set = *sets_[used_];
      set.restore();
      set.run({stream_, case_.compute});
      stream_.ref().synchronize();
      problem = set.problem({stream_, case_.compute});
    });
    return {.kind = problem.empty() ? Verdict::Kind::correct : Verdict::Kind::wrong, .detail = problem};
  }

  void describe(Measurement& measurement, const Stopwatch& /*stopwatch*/) override {
    const MeasuredCeilings& measured = ceilings_.get(world_, device_);
    const auto add = [&](std::string_view source, std::string_view what, const auto& rate) {
      if (rate) measurement.ceilings.push_back({fmt::format("{}, {}", source, what), rate->value});
    };
    if (measurement.work.flops.value > 0) {
      const std::string products = fmt::format("{} products", name(case_.precision));
      add("measured", products, measured.product(case_.precision));
      add("datasheet", products, datasheet_product(device_.name, case_.precision));
    } else {
      add("measured", "copy", measured.copy());
      add("datasheet", "memory", device_.memory_bandwidth);
    }
  }

 private:
  KernelCase case_;
  const World& world_;
  DeviceProperties device_;
  Ceilings& ceilings_;
  Stream stream_;
  std::vector<std::unique_ptr<KernelData>> sets_;
  std::size_t next_ = 0;
  std::size_t used_ = 0;
};

}  // namespace

Bytes memory_of(const KernelCase& what, DeviceKind kind, Bytes cache) {
  return what.kernel->memory(what.shape, what.precision) * sets_beyond(cache, what, kind);
}

Bytes host_memory_of(const KernelCase& what) {
  // In float, a set's arrays take this much. A check has the outputs twice, the inputs once, and their sums in double
  // precision; a CPU's kernels widen what is narrower.
  constexpr std::uint64_t times = 6;
  return what.kernel->memory(what.shape, Precision::fp32) * times;
}

const MeasuredCeilings& Ceilings::get(const World& world, const DeviceProperties& device) {
  if (measured_) return *measured_;
  measured_.emplace(world.device(), ceiling_sizes(device, world.device().kind), device_room(world));
  if (world.is_root() && !measured_->left_out().empty()) {
    say("ceilings of kernels that were not measured are left out: {}", measured_->left_out());
  }
  return *measured_;
}

std::unique_ptr<Trial> make_kernel_trial(const KernelCase& what, const World& world, const DeviceProperties& device,
                                         Ceilings& ceilings) {
  return std::make_unique<KernelTrial>(what, world, device, ceilings);
}

}  // namespace lanemark
