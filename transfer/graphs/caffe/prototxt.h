#pragma once

#include <optional>

#include "caffe_network.pb.h"
#include "engine/shape.h"
#include "transfer/weights/bytes.h"

namespace graft {

// A network's description as it is tested, in the newer of Caffe's forms.
struct CaffeNetwork {
  std::string file, name;
  std::string input;                                        // the blob
  Shape input_shape;                                        // N,C,H,W
  std::vector<caffe::LayerParameter> layers;                // without those that bring data
  std::optional<caffe::TransformationParameter> transform;  // of the layer that brings images
  std::vector<std::string> notes;
};

// Whether it is text that begins as a network's description does.
bool looks_like_prototxt(std::span<const std::byte> bytes);

// Error{format}, with the line where there is one.
CaffeNetwork read_prototxt(const FileBytes& file);

}  // namespace graft
