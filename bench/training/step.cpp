// SPDX-License-Identifier: MIT

#include "bench/training/step.hpp"

#include <algorithm>
#include <numeric>

#include "kernels/operations.hpp"

namespace lanemark {
namespace {

// Streams of random numbers within one seed.
constexpr std::uint64_t input_seed = 0x1000;
constexpr std::uint64_t label_seed = 0x2000;
constexpr std::uint64_t parameter_seed = 0x3000;

/// Lays arrays of one type into one piece of memory.
class ArenaLayout {
 public:
  explicit ArenaLayout(DType dtype) : dtype_{dtype} {}

  /// The place of `size` elements more.
  std::size_t add(std::size_t size) {
    constexpr std::size_t line = 256;
    const std::size_t begin = bytes_;
    bytes_ += (size * size_of(dtype_).value + line - 1) / line * line;
    return begin;
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] Array at(const DeviceBuffer<std::byte>& memory, std::size_t begin, std::size_t size) const {
    return {dtype_, memory.data() + begin, size};
  }

 private:
  DType dtype_;
  std::size_t bytes_ = 0;
};

/// Where a step's activations and their gradients lie. What a strategy moves is float and has memory of its own:
/// inputs, logits and their gradients; in float, layers use that.
struct ArenaPlan {
  ArenaLayout layout;
  std::size_t inputs = 0;
  std::vector<std::size_t> outputs;  ///< but the last layer's
  std::vector<std::size_t> gradients;
  std::size_t widest = 0;  ///< elements of a gradient buffer

  ArenaPlan(const Network& network, std::size_t samples, Precision precision) : layout{layer_type(precision)} {
    const bool rounds = precision == Precision::bf16;
    if (rounds) inputs = layout.add(samples * network.input_size());
    widest = rounds ? samples * network.classes() : 0;
    for (std::size_t i = 0; i + 1 < network.layer_count(); ++i) {
      const std::size_t size = samples * network.layer(i).output_size();
      outputs.push_back(layout.add(size));
      widest = std::max(widest, size);
    }
    for (int i = 0; i < 2; ++i) gradients.push_back(layout.add(widest));
  }
};

}  // namespace

Bytes step_memory(const Network& network, Precision precision, std::size_t samples, std::size_t gathered) {
  const std::size_t per_sample = network.input_size() + 2 * network.classes() + 2;
  const std::size_t floats = 3 * network.arena_size() + (samples + gathered) * per_sample;
  const std::size_t rounded = precision == Precision::bf16 ? sizeof(BFloat16) * network.arena_size() : 0;
  return Bytes{sizeof(float) * floats + rounded + ArenaPlan{network, samples, precision}.layout.bytes()};
}

std::vector<std::size_t> share_samples(std::size_t total, int ranks) {
  const auto parts = static_cast<std::size_t>(ranks);
  std::vector<std::size_t> shares(parts, total / parts);
  for (std::size_t i = 0; i < total % parts; ++i) ++shares[i];
  return shares;
}

TrainingStep::TrainingStep(const Network& network, const SyncStrategy& strategy, Communicator& communicator,
                           std::vector<std::size_t> samples_of_rank, StepOptions options)
    : network_{network},
      strategy_{strategy},
      options_{std::move(options)},
      device_{communicator.device()},
      rank_{communicator.rank()},
      samples_of_rank_{std::move(samples_of_rank)},
      samples_{samples_of_rank_.at(static_cast<std::size_t>(rank_))},
      total_samples_{std::accumulate(samples_of_rank_.begin(), samples_of_rank_.end(), std::size_t{0})},
      compute_{device_},
      communication_{device_},
      parameters_{device_, network.arena_size()},
      gradients_{device_, network.arena_size()},
      rounded_parameters_{device_, rounds() ? network.arena_size() : 0},
      inputs_{device_, samples_ * network.input_size()},
      logits_{device_, samples_ * network.classes()},
      dlogits_{device_, samples_ * network.classes()},
      labels_{device_, samples_} {
  lay_out();
  if (strategy.gathers_at_root && rank_ == 0) {
    global_inputs_ = {device_, total_samples_ * network.input_size()};
    global_outputs_ = {device_, total_samples_ * network.classes()};
    global_output_gradients_ = {device_, total_samples_ * network.classes()};
    global_labels_ = {device_, total_samples_};
  }
  loss_ = {device_, std::max(samples_, global_labels_.size())};
  sync_ = strategy.make(communicator, replica(), options_.sync);
  if (sync_->updates()) momentum_ = {device_, network.arena_size()};
  if (!options_.loss) {
    options_.loss = [this](const Executor& on, const Batch& batch) {
      softmax_cross_entropy(on, {.rows = batch.samples,
                                 .classes = batch.classes,
                                 .logits = batch.outputs,
                                 .labels = batch.labels,
                                 .dlogits = batch.output_gradients,
                                 .loss = loss_.span().subspan(0, batch.samples)});
    };
  }
  fill_inputs();
}

void TrainingStep::lay_out() {
  const ArenaPlan plan{network_, samples_, options_.precision};
  arena_ = {device_, plan.layout.bytes()};
  layer_inputs_ = rounds() ? plan.layout.at(arena_, plan.inputs, inputs_.size()) : Array{inputs_};
  for (std::size_t i = 0; i < plan.outputs.size(); ++i) {
    outputs_.push_back(plan.layout.at(arena_, plan.outputs[i], samples_ * network_.layer(i).output_size()));
  }
  outputs_.emplace_back(logits_);
  for (const std::size_t gradient : plan.gradients) {
    gradients_of_outputs_.push_back(plan.layout.at(arena_, gradient, plan.widest));
  }
}

Replica TrainingStep::replica() {
  const Batch local{.samples = samples_,
                    .input_size = network_.input_size(),
                    .classes = network_.classes(),
                    .inputs = inputs_,
                    .labels = labels_,
                    .outputs = logits_,
                    .output_gradients = dlogits_};
  const Batch global{.samples = global_labels_.size(),
                     .input_size = network_.input_size(),
                     .classes = network_.classes(),
                     .inputs = global_inputs_,
                     .labels = global_labels_,
                     .outputs = global_outputs_,
                     .output_gradients = global_output_gradients_};
  return {.parameters = parameters_,
          .gradients = gradients_,
          .tensors = network_.tensors(),
          .local = local,
          .global = global,
          .samples_of_rank = samples_of_rank_,
          .compute = compute_,
          .communication = communication_};
}

/// A rank's rows are the same numbers whoever holds them, so that any split of a batch is the same batch.
void TrainingStep::fill_inputs() {
  const std::size_t first_sample =
      std::accumulate(samples_of_rank_.begin(), samples_of_rank_.begin() + rank_, options_.first_sample);
  const auto fill = [this](DeviceSpan<float> inputs, DeviceSpan<std::int32_t> labels, std::uint64_t first) {
    fill_uniform(compute_.ref(), {.values = inputs,
                                  .seed = options_.seed + input_seed,
                                  .low = -1,
                                  .high = 1,
                                  .first = first * network_.input_size()});
    fill_labels(compute_.ref(), {.labels = labels,
                                 .seed = options_.seed + label_seed,
                                 .classes = static_cast<std::int32_t>(network_.classes()),
                                 .first = first});
  };
  fill(inputs_, labels_, first_sample);
  if (global_labels_.size() > 0) fill(global_inputs_, global_labels_, options_.first_sample);
  // With communication switched off nothing else would write these, and leftovers of other work, if they happen to
  // be subnormal or NaN, compute at another speed.
  for (const DeviceSpan<float> received : {global_outputs_.span(), dlogits_.span()}) {
    fill_uniform(compute_.ref(), {.values = received, .seed = options_.seed, .low = -1e-3F, .high = 1e-3F});
  }
  // The gaps between tensors are sent with them.
  compute_.ref().fill(gradients_.data(), std::byte{0}, gradients_.span().bytes());
}

void TrainingStep::reset() {
  network_.initialise(compute_.ref(), parameters_, options_.seed + parameter_seed);
  compute_.ref().fill(momentum_.data(), std::byte{0}, momentum_.span().bytes());
  sync_->start();
  round_parameters();
  compute_.ref().synchronize();
}

void TrainingStep::communicate_over(Communicator& communicator) {
  compute_.ref().synchronize();
  communication_.ref().synchronize();
  sync_ = strategy_.make(communicator, replica(), options_.sync);
}

void TrainingStep::rehearse_for(Communicator& communicator) {
  const std::unique_ptr<Communicator> rehearsal = rehearse(communicator);
  communicate_over(*rehearsal);
  reset();
  run();
  finish();
  communicate_over(communicator);
}

void TrainingStep::round_parameters() {
  if (rounds()) convert(compute_.ref(), {.from = parameters_, .to = rounded_parameters_});
}

Layer::Activations TrainingStep::activations(std::size_t layer) const {
  return {.samples = samples_,
          .x = layer == 0 ? layer_inputs_ : outputs_[layer - 1],
          .y = outputs_[layer],
          .x_is_from_relu = layer > 0 && network_.layer(layer - 1).has_relu(),
          .tf32 = options_.precision == Precision::tf32};
}

Layer::Parameters TrainingStep::layer_parameters(std::size_t layer) const {
  return network_.parameters(layer, rounds() ? ConstArray{rounded_parameters_} : ConstArray{parameters_},
                             parameters_.span());
}

Array TrainingStep::gradient_of_output(std::size_t layer) const {
  if (layer + 1 == network_.layer_count() && !rounds()) return dlogits_;
  return gradients_of_outputs_[layer % 2].subspan(0, samples_ * network_.layer(layer).output_size());
}

void TrainingStep::forward() {
  const Executor on{compute_, options_.compute};
  if (rounds()) convert(compute_.ref(), {.from = inputs_, .to = layer_inputs_});
  for (std::size_t i = 0; i < network_.layer_count(); ++i) {
    network_.layer(i).forward(on, activations(i), layer_parameters(i));
  }
}

void TrainingStep::backward() {
  const Executor on{compute_, options_.compute};
  if (rounds()) convert(compute_.ref(), {.from = dlogits_, .to = gradient_of_output(network_.layer_count() - 1)});
  for (std::size_t i = network_.layer_count(); i-- > 0;) {
    const Layer& layer = network_.layer(i);
    const Array dy = gradient_of_output(i);
    layer.backward_parameters(on, activations(i), dy, network_.gradients(i, gradients_));
    if (network_.has_parameters(i)) sync_->gradient_ready(network_.last_tensor(i));
    if (i > 0) layer.backward_data(on, activations(i), layer_parameters(i), dy, gradient_of_output(i - 1));
  }
}

void TrainingStep::update() {
  momentum_sgd(compute_.ref(), {.gradient = gradients_,
                                .momentum = momentum_,
                                .parameter = parameters_,
                                .learning_rate = options_.learning_rate,
                                .momentum_factor = options_.momentum,
                                .gradient_divisor = static_cast<float>(total_samples_),
                                .rounded = rounded_parameters_});
}

void TrainingStep::run(const PhaseMark& mark) {
  sync_->before_forward(mark);
  if (!sync_->updates()) round_parameters();  // they came from the rank that does
  forward();
  mark("forward");
  sync_->loss([this](const Batch& batch) { options_.loss({compute_, options_.compute}, batch); }, mark);
  backward();
  mark("backward");
  sync_->before_update(mark);
  if (sync_->updates()) update();
  mark("update");
}

void TrainingStep::finish() {
  sync_->finish();
  compute_.ref().synchronize();
  communication_.ref().synchronize();
}

}  // namespace lanemark
