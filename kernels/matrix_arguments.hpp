// SPDX-License-Identifier: MIT

#pragma once

#include "kernels/operations.hpp"

namespace lanemark {

// What every implementation of the linear layer and of the convolution asks of its arguments, on whatever device, and
// before it enqueues anything: layer arrays of one type, float or BFloat16, but that the linear layer's output may be
// float beside BFloat16 operands, as logits are; each array as large as the shape says; a filter of 1 or 3 and a stride
// of 1 or 2. Each throws UsageError that names operation, cause and cure.

void validate(const LinearForward& arguments);
void validate(const LinearBackwardData& arguments);
void validate(const LinearBackwardWeight& arguments);
void validate(const ConvolutionForward& arguments);
void validate(const ConvolutionBackwardData& arguments);
void validate(const ConvolutionBackwardWeight& arguments);

}  // namespace lanemark
