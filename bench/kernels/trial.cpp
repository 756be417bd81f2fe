#include "bench/kernels/trial.hpp"

#include <fmt/format.h>

#include <vector>

#include "bench/rotation.hpp"

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
      : case_{what}, device_{world.device()}, gpu_{device.name}, ceilings_{ceilings}, stream_{world.device()} {
    static_cast<void>(ceilings_.get(device_));
    const std::uint64_t sets = sets_beyond(device.last_level_cache, what, device_.kind);
    for (std::uint64_t i = 0; i < sets; ++i) {
      sets_.push_back(what.kernel->make(stream_, what.shape, what.precision, what.seed + 1000 * i));
    }
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
    KernelData& set = *sets_[used_];
    set.restore();
    set.run({stream_, case_.compute});
    stream_.ref().synchronize();
    const std::string problem = set.problem({stream_, case_.compute});
    return {.kind = problem.empty() ? Verdict::Kind::correct : Verdict::Kind::wrong, .detail = problem};
  }

  void describe(Measurement& measurement, const Stopwatch& /*stopwatch*/) override {
    const MeasuredCeilings& measured = ceilings_.get(device_);
    if (measurement.work.flops.value > 0) {
      const std::string unit = fmt::format("{} products", name(case_.precision));
      measurement.ceilings.push_back({"measured, " + unit, measured.product(case_.precision).value});
      if (const auto sheet = datasheet_product(gpu_, case_.precision)) {
        measurement.ceilings.push_back({"datasheet, " + unit, sheet->value});
      }
    } else {
      measurement.ceilings.push_back({"measured, copy", measured.copy().value});
      if (const auto sheet = properties(device_).memory_bandwidth) {
        measurement.ceilings.push_back({"datasheet, memory", sheet->value});
      }
    }
  }

 private:
  KernelCase case_;
  Device device_;
  std::string gpu_;
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

std::unique_ptr<Trial> make_kernel_trial(const KernelCase& what, const World& world, const DeviceProperties& device,
                                         Ceilings& ceilings) {
  return std::make_unique<KernelTrial>(what, world, device, ceilings);
}

}  // namespace lanemark
