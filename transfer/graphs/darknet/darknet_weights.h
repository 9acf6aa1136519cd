#pragma once

#include "engine/weights.h"
#include "transfer/weights/bytes.h"

namespace graft {

// Whether it begins with darknet's three version numbers and is whole 4-byte numbers: it has no other mark.
bool looks_like_darknet_weights(std::span<const std::byte> bytes);

// The floats of a .weights file, which stand in the order of the network's layers and say nothing of
// themselves. The bytes must outlive the reader.
class DarknetWeights {
 public:
  explicit DarknetWeights(const FileBytes& file);

  // The next floats; Error{format} where there are fewer.
  HostTensor take(const Shape& shape);
  void check_used_up() const;

 private:
  std::string name_;
  ByteReader in_;
  uint64_t taken_ = 0;
};

}  // namespace graft
