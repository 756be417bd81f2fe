// SPDX-License-Identifier: MIT

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "bench/engine/suite.hpp"
#include "bench/kernels/shapes.hpp"
#include "bench/kernels/trial.hpp"
#include "bench/measurement/case_bound.hpp"

namespace lanemark {
namespace {

/// Whose arrays are of one type whatever the case's.
bool fixed_type(const Kernel& kernel) {
  return kernel.work({2, 2, 2, 2, 2}, Precision::fp32).bytes.value ==
         kernel.work({2, 2, 2, 2, 2}, Precision::bf16).bytes.value;
}

bool exists(const Kernel& kernel, Precision precision, bool host) {
  if (precision == Precision::tf32 && (!kernel.has_tf32 || host)) return false;
  return precision == Precision::fp32 || !fixed_type(kernel);
}

bool exists(const Kernel& kernel, Compute compute, DeviceKind kind) {
  return compute == Compute::hand || (kernel.has_library != nullptr && kernel.has_library(kind));
}

std::vector<std::string_view> types_of(const Kernel& kernel, bool host) {
  std::vector<std::string_view> names;
  for (const Precision one : all_precisions) {
    if (exists(kernel, one, host)) names.push_back(name(one));
  }
  return names;
}

std::vector<std::string_view> computes_of(const Kernel& kernel, DeviceKind kind) {
  std::vector<std::string_view> names;
  for (const Compute one : {Compute::hand, Compute::library}) {
    if (exists(kernel, one, kind)) names.push_back(name(one));
  }
  return names;
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
        ->check(CLI::Range(1, 1000));
  }

  void make_quick() override { quick_ = true; }

  std::vector<PlannedCase> plan(const SuiteContext& context) override {
    if (quick_ && kernels_.empty()) return {};  // the tour is about what moves between ranks
    if (random_ > 0 && !shapes_.empty()) {
      throw UsageError("--kernel-shape and --kernel-random both say which sizes there are; leave one off");
    }
    const bool host = context.world.device().kind == DeviceKind::host;
    std::vector<Precision> precisions;
    precisions.reserve(types_.size());
    for (const std::string& type : types_) precisions.push_back(parse_precision(type));
    if (precisions.empty()) precisions.assign(all_precisions.begin(), all_precisions.end());
    std::vector<Compute> computes;
    computes.reserve(computes_.size());
    for (const std::string& compute : computes_) computes.push_back(parse_compute(compute));
    if (computes.empty()) computes = {Compute::hand, Compute::library};
    const std::vector<const Kernel*> kernels = chosen();
    std::vector<PlannedCase> cases;
    for (const Kernel* kernel : kernels) {
      for (const std::string& shape : shapes_of(*kernel, host, context.seed)) {
        const KernelShape numbers = parse_kernel_shape(kernel->family, shape);
        for (const Precision precision : precisions) {
          if (!exists(*kernel, precision, host)) continue;
          for (const Compute compute : computes) {
            if (!exists(*kernel, compute, context.world.device().kind)) continue;
            require_few_cases(cases.size() + 1);
            cases.push_back(plan_case({kernel, numbers, precision, compute, context.seed}, shape, context));
          }
        }
      }
    }
    if (cases.empty()) throw UsageError(nothing_to_measure(kernels, context.world.device().kind));
    require_all_named(cases, context.world.device().kind);
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

  /// A kernel, a type or a way to compute that was asked for by name is not passed over.
  void require_all_named(const std::vector<PlannedCase>& cases, DeviceKind kind) const {
    const auto require = [&](const std::vector<std::string>& asked, std::string Case::*field) {
      for (const std::string& one : asked) {
        if (std::ranges::any_of(cases, [&](const PlannedCase& planned) { return planned.what.*field == one; }))
          continue;
        const Kernel* const kernel = Registry<Kernel>::find(one);
        const std::vector<const Kernel*> meant = kernel != nullptr ? std::vector{kernel} : chosen();
        throw UsageError(fmt::format("{}: {}", one, nothing_to_measure(meant, kind)));
      }
    };
    require(kernels_, &Case::operation);
    require(types_, &Case::dtype);
    require(computes_, &Case::backend);
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

  [[nodiscard]] std::vector<std::string> shapes_of(const Kernel& kernel, bool host, std::uint64_t seed) const {
    if (!shapes_.empty()) return shapes_;
    if (random_ == 0) return usual_shapes(kernel.family, host);
    return random_shapes(kernel.family, host, static_cast<std::uint64_t>(random_), seed);
  }

  /// What was asked for, and what there is instead.
  [[nodiscard]] std::string nothing_to_measure(const std::vector<const Kernel*>& kernels, DeviceKind kind) const {
    const bool host = kind == DeviceKind::host;
    const bool all_random = random_ > 0 && shapes_.empty() &&
                            std::ranges::none_of(kernels, [](const Kernel* one) { return one->has_tf32; });
    if (all_random) {
      return "--kernel-random: there are random sizes of products and convolutions only; say --kernel-shape for others";
    }
    const std::string computes = computes_.empty() ? "hand, library" : fmt::format("{}", fmt::join(computes_, ", "));
    std::string text = fmt::format("no kernel to measure in {} by {} on the {}:",
                                   types_.empty() ? "any type" : fmt::format("{}", fmt::join(types_, ", ")), computes,
                                   host ? "CPU" : "GPU");
    constexpr std::size_t most = 4;
    for (std::size_t i = 0; i < std::min(most, kernels.size()); ++i) {
      text +=
          fmt::format("{} {} is there in {} by {}", i == 0 ? "" : ";", kernels[i]->name,
                      fmt::join(types_of(*kernels[i], host), ", "), fmt::join(computes_of(*kernels[i], kind), ", "));
    }
    if (kernels.size() > most) text += "; lanemark list kernels names all others";
    return text + ". Change --kernel-type or --kernel-compute, or leave them out";
  }

  static std::vector<IgnoredFlag> ignored() {
    std::vector<IgnoredFlag> flags = ignored_sizes("a kernel's sizes are those of --kernel-shape");
    flags.push_back({"--ranks", "kernels are measured on all ranks of the launch"});
    flags.push_back({"--backend", "a kernel moves nothing between ranks"});
    return flags;
  }

  PlannedCase plan_case(const KernelCase& what, const std::string& shape, const SuiteContext& context) {
    const Work work = what.kernel->work(what.shape, what.precision);
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
            .ignores = ignored(),
            // The hand-written kernel and the library's, whose ratio is what this suite is for.
            .companions = fmt::format("{}/{}/{}", what.kernel->name, shape, name(what.precision)),
            .memory = memory_of(what, context.world.device().kind, context.device.last_level_cache),
            .host_memory = host_memory_of(what),
            .prepare = [what, &context, this](const World& participants) -> std::unique_ptr<Trial> {
              context.communicators.release_buffers();
              return make_kernel_trial(what, participants, context.device, ceilings_);
            }};
  }

  std::vector<std::string> kernels_, shapes_, types_;
  std::vector<std::string> computes_;  ///< all there are where empty
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
