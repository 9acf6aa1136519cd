#pragma once

#include "transfer/model/model_data.h"

namespace graft {

// Exchanges the final dense layer or 1x1 convolution for one with this many outputs: weights normal(0, 0.01)
// by seed, bias 0.
void swap_head(ModelData& model, const std::vector<std::string>& classes, uint64_t seed);

// Gives every layer fresh weights, as a network that was never trained: He et al. 2015 (arXiv:1502.01852)
// normal for convolutions (fan out), norms 1 and 0, the head as above.
void initialise_from_scratch(ModelData& model, uint64_t seed);

}  // namespace graft
