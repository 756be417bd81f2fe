// SPDX-License-Identifier: MIT

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "bench/engine/given_flags.hpp"
#include "bench/engine/suite.hpp"
#include "bench/measurement/case_bound.hpp"
#include "bench/text/numbers.hpp"
#include "bench/text/shown.hpp"
#include "bench/training/trial.hpp"

namespace lanemark {
namespace {

class TrainingSuite final : public Suite {
 public:
  void add_options(CLI::App& app) override {
    CLI::Option_group& group = *app.add_option_group("training");
    group.add_option("--model", models_, "models, comma-separated; NAME or NAME=SHAPE, e.g. mlp=256-512-10")
        ->delimiter(',');
    group.add_option("--sync", strategies_, "gradient synchronisation: data_parallel, bucketed")->delimiter(',');
    group.add_option("--scaling", scalings_, "weak (batch per rank), strong (batch of all ranks)")->delimiter(',');
    group.add_option("--batch", batch_, "samples per rank (weak) or altogether (strong)");
    group.add_option("--bucket-cap", caps_, "bucket caps in bytes, the last repeats, e.g. 1MiB,25MiB")
        ->delimiter(',')
        ->type_name(sequence_type);
    group.add_option("--compute", compute_, "hand (lanemark's kernels), library (cuBLAS and cuDNN, or OpenBLAS)");
    group
        .add_option("--type", types_,
                    "float, tf32, bfloat16 (mixed precision, the default on GPUs; float is the CPU's), comma-separated")
        ->delimiter(',');
    group
        .add_flag("--graph,!--no-graph", graph_,
                  "replay the whole step from a CUDA graph, communication included (default where it works)")
        ->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  }

  void make_quick() override { quick_ = true; }

  std::vector<PlannedCase> plan(const SuiteContext& context) override {
    caps_in_bytes_.clear();
    for (const std::string& cap : caps_) {
      caps_in_bytes_.push_back(parse_bytes(cap));
      if (caps_in_bytes_.back() == Bytes{}) throw UsageError("bucket cap 0: a bucket holds at least one byte");
    }
    const bool host = context.world.device().kind == DeviceKind::host;
    std::vector<Precision> precisions;
    precisions.reserve(types_.size());
    for (const std::string& type : types_) precisions.push_back(parse_precision(type));
    if (precisions.empty()) precisions = {host ? Precision::fp32 : Precision::bf16};
    if (host && std::ranges::find(precisions, Precision::tf32) != precisions.end()) {
      throw UsageError("--type tf32: is a way in which GPUs multiply; on the CPU there are float and bfloat16");
    }
    std::vector<std::string> scalings = scalings_;
    if (scalings.empty())
      scalings = quick_ ? std::vector<std::string>{"weak"} : std::vector<std::string>{"weak", "strong"};
    const std::vector<std::string> names = models_.empty() ? registered_models() : models_;
    std::vector<PlannedCase> cases;
    for (const std::string& wanted : names) {
      const Workload workload = workload_of(wanted, context);
      for (const std::string& scaling : scalings) {
        for (const std::string& strategy : strategies_) {
          for (const Backend* backend : backends_of(context)) {
            for (const int ranks : ranks_of(context)) {
              for (const Precision precision : precisions) {
                require_few_cases(cases.size() + 1);
                cases.push_back(plan_case(workload, Registry<SyncStrategy>::get("gradient synchronisation", strategy),
                                          *backend, scaling, ranks, precision, context));
              }
            }
          }
        }
      }
    }
    return cases;
  }

 private:
  struct Workload {
    std::string model;
    std::string shape;  ///< empty where it is the device's default
    const Network* network;
    std::size_t batch;
  };

  /// The preferred one alone unless the user asks for others: a step over a slow backend takes long and tells little.
  static std::vector<const Backend*> backends_of(const SuiteContext& context) {
    return context.backends_given ? context.backends : std::vector{context.backends.front()};
  }

  /// The scaling curve: 1, 2, 4 … and all.
  static std::vector<int> ranks_of(const SuiteContext& context) {
    if (!context.ranks.empty()) return context.ranks;
    std::vector<int> ranks;
    for (int count = 1; count < context.world.size(); count *= 2) ranks.push_back(count);
    ranks.push_back(context.world.size());
    return ranks;
  }

  static std::vector<std::string> registered_models() {
    std::vector<std::string> names;
    for (const Model* model : Registry<Model>::all()) names.emplace_back(model->name);
    return names;
  }

  Workload workload_of(const std::string& wanted, const SuiteContext& context) {
    const std::size_t equals = wanted.find('=');
    const Model& model = Registry<Model>::get("model", wanted.substr(0, equals));
    const bool host = context.world.device().kind == DeviceKind::host;
    const std::string given = equals == std::string::npos ? "" : wanted.substr(equals + 1);
    if (equals != std::string::npos && given.empty()) {
      throw UsageError(fmt::format("model {}: no shape behind the =; write {}, or leave the = off", in_quotes(wanted),
                                   model.shape_help));
    }
    const std::string_view usual = host ? model.small_shape : model.full_shape;
    const auto [place, added] = networks_.try_emplace(wanted, nullptr);
    if (added) place->second = std::make_unique<Network>(model.build(given.empty() ? usual : given));
    return {.model = std::string{model.name},
            .shape = given == usual ? "" : given,
            .network = place->second.get(),
            .batch = parse_batch(host ? model.small_batch : model.full_batch)};
  }

  [[nodiscard]] std::size_t parse_batch(std::size_t usual) const {
    if (batch_.empty()) return usual;
    const std::size_t batch = whole_number<std::size_t>(batch_).value_or(0);
    constexpr std::size_t most = std::size_t{1} << 30U;
    if (batch == 0 || batch > most) {
      throw UsageError(fmt::format("batch {}: must be a whole number from 1 to {}", in_quotes(batch_), most));
    }
    return batch;
  }

  [[nodiscard]] PlannedCase plan_case(const Workload& workload, const SyncStrategy& strategy, const Backend& backend,
                                      const std::string& scaling, int ranks, Precision precision,
                                      const SuiteContext& context) const {
    if (scaling != "weak" && scaling != "strong") {
      throw UsageError(fmt::format("unknown scaling {}; known: weak, strong", in_quotes(scaling)));
    }
    const bool weak = scaling == "weak";
    const std::size_t total = workload.batch * (weak ? static_cast<std::size_t>(ranks) : 1);
    if (total < static_cast<std::size_t>(ranks)) {
      throw UsageError(fmt::format("batch {} cannot be shared by {} ranks: each needs a sample", total, ranks));
    }
    TrainingCase training{.network = workload.network,
                          .strategy = &strategy,
                          .backend = &backend,
                          .samples_of_rank = share_samples(total, ranks),
                          .compute = parse_compute(compute_),
                          .precision = precision,
                          .bucket_caps = caps_in_bytes_,
                          .seed = context.seed,
                          .replayed = replays(backend, context)};
    const Backend::Beside memory = training_memory(training);
    PlannedCase planned{.what = {.suite = "training",
                                 .operation = workload.model,
                                 .backend = std::string{backend.name},
                                 .dtype = std::string{name(precision)},
                                 .size = {},
                                 .mode = "step",
                                 .labels = {{"sync", std::string{strategy.name}},
                                            {"scaling", scaling},
                                            {"batch", fmt::format("{}", workload.batch)}},
                                 .ranks = ranks},
                        .work = {.elements = workload.network->parameter_count(),
                                 .flops = {workload.network->step_flops().value * static_cast<double>(total)},
                                 .samples = total},
                        .limit = std::nullopt,
                        .transport = std::string{backend.transport},
                        .pace = Pace::continuous,
                        .replayed = training.replayed,
                        .ignores = ignored(strategy),
                        .memory = memory.device,
                        .host_memory = memory.host,
                        .prepare = [training, &context](const World& participants) -> std::unique_ptr<Trial> {
                          context.communicators.release_buffers();
                          Communicator& communicator = context.communicators.get(*training.backend, participants);
                          return make_training_trial(training, communicator, participants);
                        }};
    if (training.compute == Compute::library && !workload.network->has_library(context.world.device().kind)) {
      planned.skip = fmt::format(
          "the vendor's library for what {} computes is not built in; install it and build anew, "
          "or leave --compute library off",
          workload.model);
    }
    if (!workload.shape.empty()) planned.what.labels.push_back({"shape", workload.shape});
    if (strategy.buckets && caps_ != default_caps()) {
      planned.what.labels.push_back({"cap", fmt::format("{}", fmt::join(caps_, "+"))});
    }
    if (graph_ && *graph_ != can_replay(backend, context))
      planned.what.labels.push_back({"graph", *graph_ ? "on" : "off"});
    if (compute_ != "hand") planned.what.labels.push_back({"compute", compute_});
    return planned;
  }

  static std::vector<IgnoredFlag> ignored(const SyncStrategy& strategy) {
    std::vector<IgnoredFlag> flags =
        ignored_sizes("a training step has no size; --model and --batch say how large it is");
    if (!strategy.buckets) flags.push_back({"--bucket-cap", "no strategy asked for has buckets"});
    return flags;
  }

  static bool can_replay(const Backend& backend, const SuiteContext& context) {
    return context.world.device().kind == DeviceKind::cuda && backend.capturable;
  }
  [[nodiscard]] bool replays(const Backend& backend, const SuiteContext& context) const {
    if (graph_ && *graph_ && !backend.capturable) {
      throw UsageError(
          fmt::format("--graph: operations of backend {} cannot be captured; leave it out, or use "
                      "another backend",
                      backend.name));
    }
    return graph_.value_or(can_replay(backend, context));
  }

  static std::vector<std::string> default_caps() { return {"1MiB", "25MiB"}; }

  std::vector<std::string> models_;
  std::vector<std::string> strategies_{"data_parallel", "bucketed"};
  std::vector<std::string> scalings_;  ///< the usual ones where empty
  std::string batch_;
  std::vector<std::string> caps_ = default_caps();
  std::vector<Bytes> caps_in_bytes_;
  std::string compute_ = "hand";
  std::vector<std::string> types_;
  std::optional<bool> graph_;
  bool quick_ = false;
  std::map<std::string, std::unique_ptr<Network>> networks_;
};

const Registered<SuiteEntry> training_suite{
    {.name = "training",
     .order = 3,
     .what = "a training step under each gradient-sync strategy",
     .make = []() -> std::unique_ptr<Suite> { return std::make_unique<TrainingSuite>(); }}};

}  // namespace
}  // namespace lanemark
