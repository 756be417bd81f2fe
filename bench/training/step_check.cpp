// SPDX-License-Identifier: MIT

#include "bench/training/step_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kernels/core/rounding.hpp"

namespace lanemark {
namespace {

/// What subnormal numbers lose, where a device keeps none.
constexpr double smallest = std::numeric_limits<float>::min();

double norm(const std::vector<double>& values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares);
}

/// How far each gradient may be off. Lanemark's kernels give the same bits wherever a share is worked on, so that only
/// the sum over ranks rounds. A vendor's library may choose another algorithm on another rank, which no single element
/// says anything about: there it is a share of them all together.
class GradientBound {
 public:
  GradientBound(const TrainingCase& training, const SharedGradients& right)
      : right_{right}, of_sum_{summing_error(training.samples_of_rank.size())} {
    if (training.compute == Compute::hand) return;
    constexpr double by_norm = 1e-5;
    // Sums that cancel are no smaller than their terms would be if they did not.
    const double usual = norm(right.sizes) / std::sqrt(static_cast<double>(training.samples_of_rank.size()));
    of_all_ = by_norm * std::max(norm(right.sums), usual);
  }

  [[nodiscard]] double at(std::size_t i) const { return of_sum_ * right_.sizes[i] + of_all_ + smallest; }

  /// Nothing, or what the errors of all elements are together.
  [[nodiscard]] bool together(double squares) const { return of_all_ == 0 || !(std::sqrt(squares) > of_all_); }

 private:
  const SharedGradients& right_;
  double of_sum_;
  double of_all_ = 0;
};

}  // namespace

bool SharedGradients::finite() const {
  return std::ranges::all_of(sizes, [](double size) { return std::isfinite(size); });
}

SharedGradients gradients_of_shares(const TrainingCase& training, Device device, const StepOptions& options) {
  const World alone{MPI_COMM_SELF, device};
  const std::unique_ptr<Communicator> silent = connect_silent(alone);
  SharedGradients all{.sums = std::vector<double>(training.network->arena_size()),
                      .sizes = std::vector<double>(training.network->arena_size())};
  StepOptions of_share = options;
  for (const std::size_t samples : training.samples_of_rank) {
    TrainingStep share{*training.network, no_sync(), *silent, {samples}, of_share};
    share.reset();
    share.run();
    share.finish();
    const std::vector<float> gradients = download(share.stream(), share.gradients());
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      all.sums[i] += double{gradients[i]};
      all.sizes[i] += std::abs(double{gradients[i]});
    }
    of_share.first_sample += samples;
  }
  return all;
}

std::string check_step(const TrainingCase& training, const SharedGradients& right, const StepTaken& taken,
                       double learning_rate) {
  const auto batch = static_cast<double>(
      std::accumulate(training.samples_of_rank.begin(), training.samples_of_rank.end(), std::size_t{0}));
  const GradientBound bound{training, right};
  constexpr double unit = unit_roundoff<float>();
  double squares = 0;
  for (std::size_t i = 0; i < right.sums.size(); ++i) {
    const double off = double{taken.gradients[i]} - right.sums[i];
    squares += off * off;
    // A NaN is wrong, so the question is not whether the error is larger.
    if (!(std::abs(off) <= bound.at(i))) {
      return fmt::format(
          "a step differs from a single rank's over the whole batch: gradient {} is {:g} instead of {:g}", i,
          taken.gradients[i], right.sums[i]);
    }
    const double update = learning_rate * right.sums[i] / batch;
    // The quotient, the momentum, their product with the rate and the parameter are each rounded.
    const double allowed = learning_rate * bound.at(i) / batch +
                           unit * (std::abs(double{taken.start[i]}) + 5 * std::abs(update)) + smallest;
    if (!(std::abs(double{taken.end[i]} - (double{taken.start[i]} - update)) <= allowed)) {
      return fmt::format(
          "a step differs from a single rank's over the whole batch: parameter {} goes from {:g} to {:g} "
          "instead of {:g}",
          i, taken.start[i], taken.end[i], double{taken.start[i]} - update);
    }
  }
  if (bound.together(squares)) return {};
  return fmt::format("a step differs from a single rank's over the whole batch: gradients are off by {:.1e} together",
                     std::sqrt(squares));
}

}  // namespace lanemark
