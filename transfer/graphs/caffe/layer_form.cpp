#include "transfer/graphs/caffe/layer_form.h"

#include <algorithm>
#include <string_view>

namespace graft {

namespace {

struct TypeName {
  caffe::V1LayerParameter::LayerType old;
  const char* name;
};
constexpr TypeName type_names[] = {
    {caffe::V1LayerParameter::ACCURACY, "Accuracy"},
    {caffe::V1LayerParameter::CONCAT, "Concat"},
    {caffe::V1LayerParameter::CONVOLUTION, "Convolution"},
    {caffe::V1LayerParameter::DATA, "Data"},
    {caffe::V1LayerParameter::DROPOUT, "Dropout"},
    {caffe::V1LayerParameter::ELTWISE, "Eltwise"},
    {caffe::V1LayerParameter::EUCLIDEAN_LOSS, "EuclideanLoss"},
    {caffe::V1LayerParameter::FLATTEN, "Flatten"},
    {caffe::V1LayerParameter::HDF5_DATA, "HDF5Data"},
    {caffe::V1LayerParameter::HINGE_LOSS, "HingeLoss"},
    {caffe::V1LayerParameter::IMAGE_DATA, "ImageData"},
    {caffe::V1LayerParameter::INFOGAIN_LOSS, "InfogainLoss"},
    {caffe::V1LayerParameter::INNER_PRODUCT, "InnerProduct"},
    {caffe::V1LayerParameter::LRN, "LRN"},
    {caffe::V1LayerParameter::MEMORY_DATA, "MemoryData"},
    {caffe::V1LayerParameter::MULTINOMIAL_LOGISTIC_LOSS, "MultinomialLogisticLoss"},
    {caffe::V1LayerParameter::POOLING, "Pooling"},
    {caffe::V1LayerParameter::RELU, "ReLU"},
    {caffe::V1LayerParameter::SIGMOID, "Sigmoid"},
    {caffe::V1LayerParameter::SIGMOID_CROSS_ENTROPY_LOSS, "SigmoidCrossEntropyLoss"},
    {caffe::V1LayerParameter::SILENCE, "Silence"},
    {caffe::V1LayerParameter::SLICE, "Slice"},
    {caffe::V1LayerParameter::SOFTMAX, "Softmax"},
    {caffe::V1LayerParameter::SOFTMAX_LOSS, "SoftmaxWithLoss"},
    {caffe::V1LayerParameter::SPLIT, "Split"},
    {caffe::V1LayerParameter::WINDOW_DATA, "WindowData"},
};

// Of the state that networks are tested in: phase TEST, level 0, no stage.
bool meets(const caffe::NetStateRule& rule) {
  if (rule.has_phase() && rule.phase() != caffe::TEST) return false;
  if (rule.has_min_level() && rule.min_level() > 0) return false;
  if (rule.has_max_level() && rule.max_level() < 0) return false;
  return rule.stage_size() == 0;
}

template <class Rules>
bool any_met(const Rules& rules) {
  return std::any_of(rules.begin(), rules.end(), meets);
}

}  // namespace

caffe::LayerParameter newer_form(const caffe::V1LayerParameter& old) {
  caffe::LayerParameter layer;
  layer.set_name(old.name());
  layer.set_type(caffe::V1LayerParameter::LayerType_Name(old.type()));
  for (const TypeName& known : type_names)
    if (known.old == old.type()) layer.set_type(known.name);
  *layer.mutable_bottom() = old.bottom();
  *layer.mutable_top() = old.top();
  *layer.mutable_include() = old.include();
  *layer.mutable_exclude() = old.exclude();
  if (old.has_concat_param()) *layer.mutable_concat_param() = old.concat_param();
  if (old.has_convolution_param()) *layer.mutable_convolution_param() = old.convolution_param();
  if (old.has_dropout_param()) *layer.mutable_dropout_param() = old.dropout_param();
  if (old.has_eltwise_param()) *layer.mutable_eltwise_param() = old.eltwise_param();
  if (old.has_inner_product_param()) *layer.mutable_inner_product_param() = old.inner_product_param();
  if (old.has_lrn_param()) *layer.mutable_lrn_param() = old.lrn_param();
  if (old.has_memory_data_param()) *layer.mutable_memory_data_param() = old.memory_data_param();
  if (old.has_pooling_param()) *layer.mutable_pooling_param() = old.pooling_param();
  if (old.has_relu_param()) *layer.mutable_relu_param() = old.relu_param();
  if (old.has_slice_param()) *layer.mutable_slice_param() = old.slice_param();
  if (old.has_transform_param()) *layer.mutable_transform_param() = old.transform_param();
  return layer;
}

bool is_tested_layer(const caffe::LayerParameter& layer) {
  if (layer.include_size() > 0) return any_met(layer.include());
  return !any_met(layer.exclude());
}

bool brings_data(const caffe::LayerParameter& layer) {
  return layer.bottom_size() == 0 && (layer.type() == "Input" || layer.type().ends_with("Data"));
}

bool leaves_no_trace(const caffe::LayerParameter& layer) {
  return layer.type() == "Accuracy" || layer.type() == "Silence" || layer.type() == "HDF5_OUTPUT" ||
         layer.type() == "HDF5Output" || layer.type().ends_with("Loss");
}

}  // namespace graft
