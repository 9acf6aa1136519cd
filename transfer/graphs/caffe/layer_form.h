#pragma once

#include "caffe_network.pb.h"

namespace graft {

// The layer in the form that came after ("INNER_PRODUCT" is now "InnerProduct"). A type without a layer keeps
// its name.
caffe::LayerParameter newer_form(const caffe::V1LayerParameter& layer);

// Whether the layer is there while testing, by its include and exclude rules.
bool is_tested_layer(const caffe::LayerParameter& layer);

// Whether it only brings images (and labels).
bool brings_data(const caffe::LayerParameter& layer);

// Whether it is for training, or looks at results: a network without it computes the same.
bool leaves_no_trace(const caffe::LayerParameter& layer);

}  // namespace graft
