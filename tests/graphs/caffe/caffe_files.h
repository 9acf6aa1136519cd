#pragma once

#include "graphs/plain_maps.h"

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
class CaffePair {
 public:
  CaffePair(std::string_view prototxt, std::string_view layers);
  ~CaffePair();
  CaffePair(const CaffePair&) = delete;
  CaffePair& operator=(const CaffePair&) = delete;
  std::filesystem::path weights() const { return folder_ / "net.caffemodel"; }
  std::filesystem::path graph() const { return folder_ / "net.prototxt"; }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

// An Input layer of 1,C,H,W.
std::string input_layer(const PlainMap& x);

}  // namespace graft::test
