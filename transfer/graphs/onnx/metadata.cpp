#include "transfer/graphs/onnx/metadata.h"

#include <algorithm>

#include "engine/check.h"
#include "transfer/image/preprocess.h"
#include "transfer/weights/bytes.h"
#include "transfer/weights/utf8.h"

namespace graft {

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

void read_onnx_metadata(const onnx_file::Model& model, FileGraph& to) {
  for (const onnx_file::Property& property : model.metadata_props()) {
    GRAFT_CHECK(is_utf8(property.value()), format, to.file, ": its metadata '", printable(property.key()),
                "' is not UTF-8 text");
    if (property.key() == onnx_classes_key) to.classes = lines_of(property.value());
    if (property.key() == onnx_name_key) to.name = printable(property.value());
    if (property.key() != onnx_preprocessing_key) continue;
    try {
      parse_preprocessing(property.value());
    } catch (const Error& error) {
      fail(ErrorCode::format, to.file, ": its metadata '", onnx_preprocessing_key, "': ", error.what());
    }
    to.preprocessing = property.value();
  }
}

}  // namespace graft
