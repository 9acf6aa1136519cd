#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/dtype.h"
#include "transfer/weights/bytes.h"

namespace graft {

// One value of a pickle. Containers, storages and tensors are places in the Pickle's lists, so that values
// that contain each other, or themselves, need no care.
struct PickleValue {
  enum class Kind : uint8_t {
    none,
    boolean,   // number
    integer,   // number
    long_int,  // text: little-endian two's complement of more than 8 bytes
    real,      // its value is of no use here and is not kept
    string,    // text
    bytes,     // text
    tuple,     // number: place in Pickle::containers, as for list and dict
    list,
    dict,  // key, value, key, value ...
    callable,
    storage_type,  // number: the DType
    storage,       // number: place in Pickle::storages
    tensor,        // number: place in Pickle::tensors
  };
  Kind kind = Kind::none;
  int64_t number = 0;
  std::string_view text;  // into the pickle's bytes
};

// Where a tensor's elements are: a numbered record of the file, or a part of one (a view, in old files).
struct PickleStorage {
  DType dtype = DType::float32;
  std::string_view key;
  int64_t count = 0;       // elements of the whole record
  int64_t view_begin = 0;  // elements
  int64_t view_count = 0;
};

struct PickleTensor {
  size_t storage = 0;
  int64_t offset = 0;  // elements, from the view's beginning
  std::vector<int64_t> sizes, strides;
};

struct Pickle {
  PickleValue root;
  std::vector<std::vector<PickleValue>> containers;
  size_t items = 0;  // made at once with the containers, and not one by one from the stack
  std::vector<PickleStorage> storages;
  std::vector<PickleTensor> tensors;
};

// Reads one pickle of protocol 2 to 5 (Python's pickletools documents the instructions) and leaves `in`
// behind it. Only plain values, OrderedDict and PyTorch's tensors and storages are known; anything else that
// a pickle asks for is Error{format} that names it. Nothing is ever imported or called. At most 2^22 values
// are made. Texts point into the bytes of `in`; sizes and strides are not judged here.
Pickle read_pickle(const std::string& where, ByteReader& in);

}  // namespace graft
