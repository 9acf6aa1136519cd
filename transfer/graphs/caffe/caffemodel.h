#pragma once

#include <map>

#include "engine/weights.h"
#include "transfer/weights/bytes.h"

namespace graft {

// By layer name: its blobs, in the file's order and shapes.
using CaffeBlobs = std::map<std::string, std::vector<HostTensor>, std::less<>>;

// Whether it begins as Caffe's NetParameter does: a name, then layers.
bool looks_like_caffemodel(std::span<const std::byte> bytes);

// What a .caffemodel holds for its layers, of either form (`layer` and the older `layers`), float or double,
// with new shapes or old sizes. What else it says about the network is that of its training.
CaffeBlobs read_caffemodel(const FileBytes& file);

}  // namespace graft
