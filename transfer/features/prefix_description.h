#pragma once

#include <string>

#include "transfer/features/cut.h"
#include "transfer/model/model_data.h"
#include "transfer/training/session.h"

namespace graft {

// All that decides which features an image gives, as text: what reads its pixels, the preprocessing, the
// steps of the prefix as planned for `batch` images with the implementations chosen, the digest of its
// weights, the device, and the type that features are kept in.
std::string prefix_description(Session& session, const ModelData& model, const FeatureLayout& layout,
                               int64_t batch);

}  // namespace graft
