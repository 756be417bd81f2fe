#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "bench/kernels/ceilings.hpp"
#include "bench/kernels/kernel.hpp"
#include "bench/rotation.hpp"
#include "bench/suite.hpp"
#include "kernels/core/buffer.hpp"

namespace lanemark {
namespace {

/// One kernel at one size.
struct KernelCase {
  const Kernel* kernel;
  KernelShape shape;
  Precision precision;
  Compute compute;
  std::uint64_t seed;
};

/// Sets of buffers that an operation after the other uses in turn, to find nothing in the cache. What is changed in
/// place moves twice, and takes up half of that.
std::uint64_t sets_beyond(Bytes cache, const Kernel& kernel, const KernelShape& shape, Precision precision) {
  const Bytes moved = kernel.work(shape, precision).bytes;
  return rotate_beyond(cache, kernel.memory(shape, precision), Bytes{moved.value / 2}).slots;
}

/// Measured by the first case that needs them, and kept.
class Ceilings {
 public:
  const MeasuredCeilings& get(Device device) {
    if (!measured_) measured_.emplace(device);
    return *measured_;
  }

 private:
  std::optional<MeasuredCeilings> measured_;
};

class KernelTrial final : public Trial {
 public:
  KernelTrial(const KernelCase& what, const World& world, const DeviceProperties& device, Ceilings& ceilings)
      : case_{what}, device_{world.device()}, gpu_{device.name}, ceilings_{ceilings}, stream_{world.device()} {
    static_cast<void>(ceilings_.get(device_));
    const std::uint64_t sets = sets_beyond(device.last_level_cache, *what.kernel, what.shape, what.precision);
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

/// Sizes of a family, for GPUs and for CPUs.
std::vector<std::string> usual_shapes(KernelFamily family, bool host) {
  switch (family) {
    case KernelFamily::linear:
      if (host) return {"64x256x256"};
      return {"512x4096x4096", "4096x4096x4096", "512x4096x1000"};
    case KernelFamily::convolution:
      if (host) return {"4x16x16x16x16"};
      return {"512x32x32x64x64", "512x16x16x128x128", "512x8x8x256x256", "512x32x32x3x64"};
    case KernelFamily::elements:
      if (host) return {"1048576"};
      return {"16777216", "67108864"};
    case KernelFamily::rows:
      if (host) return {"256x1000"};
      return {"16384x1000", "2048x32000"};
    case KernelFamily::images: break;
  }
  if (host) return {"4x32x32x16"};
  return {"512x32x32x64"};
}

class KernelsSuite final : public Suite {
 public:
  void add_options(CLI::App& app) override {
    CLI::Option_group& group = *app.add_option_group("kernels");
    group.add_option("--kernel", kernels_, "kernels, comma-separated; all if not given")->delimiter(',');
    group
        .add_option("--kernel-shape", shapes_,
                    "sizes instead of the usual ones, for kernels of one kind, comma-separated")
        ->delimiter(',');
    group.add_option("--kernel-type", types_, "float, tf32, bfloat16, comma-separated; all if not given")
        ->delimiter(',');
    group.add_option("--kernel-compute", computes_, "hand, library, comma-separated")->delimiter(',');
    group.add_option("--kernel-random", random_, "so many random sizes instead, multiples of 8, of each matrix kernel")
        ->check(CLI::Range(0, 1000));
  }

  void make_quick() override { quick_ = true; }

  std::vector<PlannedCase> plan(const SuiteContext& context) override {
    if (quick_ && kernels_.empty()) return {};  // the tour is about what moves between ranks
    const bool host = context.world.device().kind == DeviceKind::host;
    std::vector<Precision> precisions;
    precisions.reserve(types_.size());
    for (const std::string& type : types_) precisions.push_back(parse_precision(type));
    if (precisions.empty()) precisions.assign(all_precisions.begin(), all_precisions.end());
    std::vector<Compute> computes;
    computes.reserve(computes_.size());
    for (const std::string& compute : computes_) computes.push_back(parse_compute(compute));
    std::mt19937_64 engine{context.seed};
    std::vector<PlannedCase> cases;
    for (const Kernel* kernel : chosen()) {
      for (const std::string& shape : shapes_of(*kernel, host, engine)) {
        const KernelShape numbers = parse_kernel_shape(kernel->family, shape);
        for (const Precision precision : precisions) {
          if (precision == Precision::tf32 && (!kernel->has_tf32 || host)) continue;
          if (fixed_type(*kernel) && precision != Precision::fp32) continue;
          for (const Compute compute : computes) {
            if (compute == Compute::library &&
                !(kernel->has_library && kernel->has_library(context.world.device().kind)))
              continue;
            cases.push_back(plan_case({kernel, numbers, precision, compute, context.seed}, shape, context));
          }
        }
      }
    }
    return cases;
  }

 private:
  [[nodiscard]] std::vector<const Kernel*> chosen() const {
    if (!kernels_.empty()) {
      std::vector<const Kernel*> kernels;
      kernels.reserve(kernels_.size());
      for (const std::string& one : kernels_) kernels.push_back(&Registry<Kernel>::get("kernel", one));
      return kernels;
    }
    if (random_ == 0 && shapes_.empty()) return Registry<Kernel>::all();
    std::vector<const Kernel*> matrix;
    for (const Kernel* kernel : Registry<Kernel>::all()) {
      if (kernel->has_tf32 && (shapes_.empty() || fits(*kernel))) matrix.push_back(kernel);
    }
    if (matrix.empty()) throw UsageError("--kernel-shape: say with --kernel of which kernels");
    return matrix;
  }

  [[nodiscard]] bool fits(const Kernel& kernel) const {
    return std::ranges::all_of(shapes_, [&](const std::string& shape) {
      try {
        static_cast<void>(parse_kernel_shape(kernel.family, shape));
        return true;
      } catch (const UsageError&) {
        return false;
      }
    });
  }

  [[nodiscard]] std::vector<std::string> shapes_of(const Kernel& kernel, bool host, std::mt19937_64& engine) const {
    if (!shapes_.empty()) return shapes_;
    if (random_ == 0) return usual_shapes(kernel.family, host);
    const auto eights = [&](std::size_t most) { return 8 * (1 + engine() % (most / 8)); };
    std::vector<std::string> shapes;
    for (int i = 0; i < random_; ++i) {
      if (kernel.family == KernelFamily::linear) {
        const std::size_t most = host ? 256 : 4096;
        shapes.push_back(fmt::format("{}x{}x{}", eights(most), eights(most), eights(most)));
      } else if (kernel.family == KernelFamily::convolution) {
        const std::size_t edge = 4 + engine() % (host ? 8 : 60);
        shapes.push_back(fmt::format("{}x{}x{}x{}x{}", 1 + engine() % (host ? 4 : 128), edge, edge,
                                     eights(host ? 32 : 256), eights(host ? 32 : 256)));
      }
    }
    return shapes;
  }

  /// Whose arrays are of one type whatever the case's.
  static bool fixed_type(const Kernel& kernel) {
    return kernel.work({2, 2, 2, 2, 2}, Precision::fp32).bytes.value ==
           kernel.work({2, 2, 2, 2, 2}, Precision::bf16).bytes.value;
  }

  PlannedCase plan_case(const KernelCase& what, const std::string& shape, const SuiteContext& context) {
    const Bytes memory = what.kernel->memory(what.shape, what.precision);
    const Work work = what.kernel->work(what.shape, what.precision);
    const std::uint64_t sets = sets_beyond(context.device.last_level_cache, *what.kernel, what.shape, what.precision);
    const bool cuda = context.world.device().kind == DeviceKind::cuda;
    return {.what = {.suite = "kernels",
                     .operation = std::string{what.kernel->name},
                     .backend = std::string{name(what.compute)},
                     .dtype = std::string{name(what.precision)},
                     .size = {},
                     .mode = cuda ? "graph_bandwidth" : "bandwidth",
                     .labels = {{"shape", shape}},
                     .ranks = context.world.size()},
            .work = work,
            .limit = std::nullopt,
            .transport = what.compute == Compute::hand ? "lanemark's kernels" : "vendor's library",
            .pace = Pace::back_to_back,
            .replayed = cuda,
            // The hand-written kernel and the library's, whose ratio is what this suite is for.
            .companions = fmt::format("{}/{}/{}", what.kernel->name, shape, name(what.precision)),
            .memory = memory * sets,
            .prepare = [what, &context, this](const World& participants) -> std::unique_ptr<Trial> {
              context.communicators.release_buffers();
              return std::make_unique<KernelTrial>(what, participants, context.device, ceilings_);
            }};
  }

  std::vector<std::string> kernels_, shapes_, types_;
  std::vector<std::string> computes_{"hand", "library"};
  int random_ = 0;
  bool quick_ = false;
  Ceilings ceilings_;
};

const Registered<SuiteEntry> kernels_suite{
    {.name = "kernels",
     .order = 4,
     .what = "each kernel of the training step beside the vendor's library",
     .make = []() -> std::unique_ptr<Suite> { return std::make_unique<KernelsSuite>(); }}};

}  // namespace
}  // namespace lanemark
