#include "graphs/caffe/caffe_files.h"

#include "engine/check.h"

namespace graft::test {

std::string wire_number(uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}

std::string wire_field(uint64_t number, uint64_t value) {
  return wire_number(number << 3) + wire_number(value);
}

std::string wire_field(uint64_t number, std::string_view content) {
  return wire_number(number << 3 | 2) + wire_number(content.size()) + std::string(content);
}

namespace {

template <class T>
std::string packed(const Floats& values) {
  std::string bytes;
  for (float value : values) {
    const T number = value;
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  return bytes;
}

std::string blobs_of(uint64_t field, const std::vector<CaffeBlobText>& blobs) {
  std::string out;
  for (const CaffeBlobText& blob : blobs) out += wire_field(field, caffe_blob(blob));
  return out;
}

}  // namespace

std::string caffe_blob(const CaffeBlobText& blob) {
  std::string out;
  if (blob.old) {
    for (uint64_t i = 0; i < 4; ++i)
      out += wire_field(i + 1, i + blob.shape.size() < 4
                                   ? uint64_t{1}
                                   : static_cast<uint64_t>(blob.shape[i + blob.shape.size() - 4]));
  } else {
    std::string sizes;
    for (int64_t size : blob.shape) sizes += wire_number(static_cast<uint64_t>(size));
    out += wire_field(7, wire_field(1, sizes));
  }
  return out + (blob.doubles ? wire_field(8, packed<double>(blob.values))
                             : wire_field(5, packed<float>(blob.values)));
}

std::string caffe_layer(std::string_view name, const std::vector<CaffeBlobText>& blobs) {
  return wire_field(100, wire_field(1, name) + wire_field(2, "AnyType") + blobs_of(7, blobs));
}

std::string caffe_v1_layer(std::string_view name, const std::vector<CaffeBlobText>& blobs) {
  return wire_field(
      2, wire_field(2, "bottom") + wire_field(4, name) + wire_field(5, uint64_t{4}) + blobs_of(6, blobs));
}

std::string input_layer(const PlainMap& x) {
  return text("name: 'net' layer { name: 'data' type: 'Input' top: 'data' input_param { shape { dim: 1 dim: ",
              x.c, " dim: ", x.h, " dim: ", x.w, " } } }\n");
}

}  // namespace graft::test
