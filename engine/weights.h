#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/shape.h"

namespace graft {

// A float32 tensor in host memory and its owner: a vector, or a mapped file that many tensors share.
struct HostTensor {
  Shape shape;  // the published layout
  const float* data = nullptr;
  std::shared_ptr<const void> owner;

  static HostTensor from(const Shape& shape, std::vector<float> values) {
    auto kept = std::make_shared<const std::vector<float>>(std::move(values));
    return {shape, kept->data(), kept};
  }
  int64_t count() const { return shape.count(); }
};

// A network's parameters and running statistics by published name.
using Weights = std::map<std::string, HostTensor, std::less<>>;

}  // namespace graft
