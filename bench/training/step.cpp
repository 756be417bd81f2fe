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

}  // namespace

std::vector<std::size_t> share_samples(std::size_t total, int ranks) {
  const auto parts = static_cast<std::size_t>(ranks);
  std::vector<std::size_t> shares(parts, total / parts);
  for (std::size_t i = 0; i < total % parts; ++i) ++shares[i];
  return shares;
}

TrainingStep::TrainingStep(const Network& network, const SyncStrategy& strategy, Communicator& communicator,
                           std::vector<std::size_t> samples_of_rank, StepOptions options)
    : network_{network},
      options_{std::move(options)},
      device_{communicator.device()},
      rank_{communicator.rank()},
      samples_of_rank_{std::move(samples_of_rank)},
      samples_{samples_of_rank_.at(static_cast<std::size_t>(rank_))},
      total_samples_{std::accumulate(samples_of_rank_.begin(), samples_of_rank_.end(), std::size_t{0})},
      compute_{device_},
      communication_{device_},
      parameters_{device_, network.parameter_count()},
      gradients_{device_, network.parameter_count()},
      inputs_{device_, samples_ * network.input_size()},
      labels_{device_, samples_} {
  std::size_t widest = network.classes();
  for (std::size_t i = 0; i < network.layer_count(); ++i) {
    outputs_.emplace_back(device_, samples_ * network.layer(i).output_size());
    widest = std::max(widest, network.layer(i).output_size());
  }
  for (int i = 0; i < 2; ++i) output_gradients_.emplace_back(device_, samples_ * widest);
  if (strategy.gathers_at_root && rank_ == 0) {
    global_inputs_ = {device_, total_samples_ * network.input_size()};
    global_outputs_ = {device_, total_samples_ * network.classes()};
    global_output_gradients_ = {device_, total_samples_ * network.classes()};
    global_labels_ = {device_, total_samples_};
  }
  loss_ = {device_, std::max(samples_, global_labels_.size())};
  sync_ = strategy.make(communicator, replica(), options_.sync);
  if (sync_->updates()) momentum_ = {device_, network.parameter_count()};
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

Replica TrainingStep::replica() {
  const Batch local{.samples = samples_,
                    .input_size = network_.input_size(),
                    .classes = network_.classes(),
                    .inputs = inputs_,
                    .labels = labels_,
                    .outputs = outputs_.back(),
                    .output_gradients = gradient_of_output(network_.layer_count() - 1)};
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
  for (const DeviceSpan<float> received :
       {global_outputs_.span(), output_gradients_[0].span(), output_gradients_[1].span()}) {
    fill_uniform(compute_.ref(), {.values = received, .seed = options_.seed, .low = -1e-3F, .high = 1e-3F});
  }
}

void TrainingStep::reset() {
  network_.initialise(compute_.ref(), parameters_, options_.seed + parameter_seed);
  compute_.ref().fill(momentum_.data(), std::byte{0}, momentum_.span().bytes());
  sync_->start();
  compute_.ref().synchronize();
}

Layer::Activations TrainingStep::activations(std::size_t layer) const {
  return {
      .samples = samples_, .x = layer == 0 ? inputs_.span() : outputs_[layer - 1].span(), .y = outputs_[layer].span()};
}

DeviceSpan<float> TrainingStep::gradient_of_output(std::size_t layer) const {
  return output_gradients_[layer % 2].span().subspan(0, samples_ * network_.layer(layer).output_size());
}

void TrainingStep::forward() {
  const Executor on{compute_, options_.compute};
  for (std::size_t i = 0; i < network_.layer_count(); ++i) {
    network_.layer(i).forward(on, activations(i), network_.parameters(i, parameters_));
  }
}

void TrainingStep::backward() {
  const Executor on{compute_, options_.compute};
  for (std::size_t i = network_.layer_count(); i-- > 0;) {
    const Layer& layer = network_.layer(i);
    const DeviceSpan<float> dy = gradient_of_output(i);
    layer.backward_parameters(on, activations(i), dy, network_.parameters(i, gradients_));
    if (network_.has_parameters(i)) sync_->gradient_ready(network_.last_tensor(i));
    if (i > 0) {
      layer.backward_data(on, activations(i), network_.parameters(i, parameters_), dy, gradient_of_output(i - 1));
    }
  }
}

void TrainingStep::update() {
  momentum_sgd(compute_.ref(), {.gradient = gradients_,
                                .momentum = momentum_,
                                .parameter = parameters_,
                                .learning_rate = options_.learning_rate,
                                .momentum_factor = options_.momentum,
                                .gradient_divisor = static_cast<float>(total_samples_)});
}

void TrainingStep::run(const PhaseMark& mark) {
  sync_->before_forward(mark);
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
