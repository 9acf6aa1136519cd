#pragma once

#include <vector>

#include "engine/dtype.h"
#include "transfer/weights/bytes.h"

namespace graft {

struct NpyHeader {
  DType dtype = DType::float32;
  bool column_major = false;
  std::vector<int64_t> sizes;
};

// The header of NumPy's .npy, versions 1 to 3 (numpy.lib.format describes it); leaves `in` at the first
// element. Error{format} for big-endian data, for other than whole and real numbers, and for what is no such
// header.
NpyHeader read_npy_header(const std::string& where, ByteReader& in);

}  // namespace graft
