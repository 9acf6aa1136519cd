#pragma once

#include "graphs/plain_maps.h"
#include "weights/samples.h"

// .caffemodel files made by the tests themselves, field by field.
namespace graft::test {

std::string wire_number(uint64_t value);
std::string wire_field(uint64_t number, uint64_t value);
std::string wire_field(uint64_t number, std::string_view content);

struct CaffeBlobText {
  std::vector<int64_t> shape;
  Floats values;
  bool old = false;      // four sizes of their own instead of a shape
  bool doubles = false;  // in double_data
};
std::string caffe_blob(const CaffeBlobText& blob);
// A layer of a NetParameter, in the newer form or that of 2014.
std::string caffe_layer(std::string_view name, const std::vector<CaffeBlobText>& blobs);
std::string caffe_v1_layer(std::string_view name, const std::vector<CaffeBlobText>& blobs);

// net.prototxt and net.caffemodel in a folder of their own.
struct CaffePair {
  CaffePair(std::string_view prototxt, std::string_view layers) {
    write_file(graph(), prototxt);
    write_file(weights(), wire_field(1, "net") + std::string(layers));
  }
  std::filesystem::path weights() const { return folder.path() / "net.caffemodel"; }
  std::filesystem::path graph() const { return folder.path() / "net.prototxt"; }
  Folder folder;
};

// An Input layer of 1,C,H,W.
std::string input_layer(const PlainMap& x);

}  // namespace graft::test
