// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/operations.hpp"

// The operations once more, in double precision and straight from their definitions, sharing no code with any
// implementation.

namespace lanemark::test {

using Doubles = std::vector<double>;

struct WeightGradients {
  Doubles weight, bias;
};

Doubles relu(Doubles values);

Doubles linear(const LinearShape& shape, const Doubles& x, const Doubles& weight, const Doubles& bias);
Doubles linear_data_gradient(const LinearShape& shape, const Doubles& dy, const Doubles& weight);
WeightGradients linear_weight_gradient(const LinearShape& shape, const Doubles& dy, const Doubles& x);

Doubles convolve(const ConvolutionShape& shape, const Doubles& x, const Doubles& weight, const Doubles& bias);
Doubles convolution_data_gradient(const ConvolutionShape& shape, const Doubles& dy, const Doubles& weight);
WeightGradients convolution_weight_gradient(const ConvolutionShape& shape, const Doubles& dy, const Doubles& x);

Doubles max_pool(const PoolShape& shape, const Doubles& x);
Doubles max_pool_gradient(const PoolShape& shape, const Doubles& x, const Doubles& dy);

Doubles average_pool(const PoolShape& shape, const Doubles& x);
Doubles average_pool_gradient(const PoolShape& shape, const Doubles& dy);

/// Per row.
Doubles cross_entropy(std::size_t rows, std::size_t classes, const Doubles& logits,
                      const std::vector<std::int32_t>& labels);
Doubles cross_entropy_gradient(std::size_t rows, std::size_t classes, const Doubles& logits,
                               const std::vector<std::int32_t>& labels);

}  // namespace lanemark::test
