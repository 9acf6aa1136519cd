#include "transfer/graphs/caffe/caffemodel.h"

#include <algorithm>

#include "transfer/graphs/caffe/wire.h"
#include "transfer/weights/utf8.h"

namespace graft {

namespace {

constexpr uint64_t v1_layer = 2, layer = 100;  // fields of NetParameter
constexpr size_t most_layers = 20000, most_blobs = 64;

struct LayerFields {
  uint64_t name, blobs;
};
constexpr LayerFields fields_of(uint64_t form) {
  return form == layer ? LayerFields{1, 7} : LayerFields{4, 6};
}

std::string_view plain_text(const WireField& field) {
  const std::string_view text = as_text(field.content);
  const bool plain = std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20; });
  return plain && is_utf8(text) ? text : std::string_view();
}

void append_sizes(std::string_view file, const WireField& dim, Shape& shape) {
  if (dim.type == WireField::varint) return shape.push_back(static_cast<int64_t>(dim.value));
  for (WireReader in(file, dim.content); !in.at_end();) shape.push_back(static_cast<int64_t>(in.varint()));
}

Shape shape_of(std::string_view file, std::span<const std::byte> message) {
  Shape shape;
  WireReader in(file, message);
  for (WireField field; in.next(field);)
    if (field.number == 1) append_sizes(file, field, shape);
  return shape;
}

template <class T>
void append_values(std::string_view file, const WireField& field, std::vector<float>& values) {
  GRAFT_CHECK(field.content.size() % sizeof(T) == 0, format, file, ": a blob's values are ",
              field.content.size(), " bytes, no whole numbers; the file is damaged");
  const size_t before = values.size();
  values.resize(before + field.content.size() / sizeof(T));
  ByteReader in(file, field.content);
  for (size_t i = before; i < values.size(); ++i) values[i] = static_cast<float>(in.read<T>());
}

HostTensor read_blob(std::string_view file, std::span<const std::byte> message) {
  std::vector<float> values;
  Shape shape, old{0, 0, 0, 0};
  WireReader in(file, message);
  for (WireField field; in.next(field);) {
    if (field.number <= 4 && field.type == WireField::varint)
      old[static_cast<int>(field.number) - 1] = static_cast<int64_t>(field.value);
    else if (field.number == 5 && field.type != WireField::varint)
      append_values<float>(file, field, values);
    else if (field.number == 7 && field.type == WireField::bytes)
      shape = shape_of(file, field.content);
    else if (field.number == 8 && field.type != WireField::varint)
      append_values<double>(file, field, values);
  }
  const bool is_old = std::any_of(old.begin(), old.end(), [](int64_t size) { return size != 0; });
  if (is_old) shape = {old[0], old[1], old[2], old[3]};  // each size checked to be none below zero
  GRAFT_CHECK(shape.count() == static_cast<int64_t>(values.size()), format, "a blob of shape ", shape,
              " has ", values.size(), " values");
  return HostTensor::from(shape, std::move(values));
}

void read_layer(std::string_view file, std::span<const std::byte> message, LayerFields numbers,
                CaffeBlobs& blobs) {
  std::string name;
  std::vector<std::span<const std::byte>> messages;
  WireReader in(file, message);
  for (WireField field; in.next(field);) {
    if (field.type != WireField::bytes) continue;
    if (field.number == numbers.name) name = as_text(field.content);
    if (field.number == numbers.blobs) messages.push_back(field.content);
    GRAFT_CHECK(messages.size() <= most_blobs, format, file, ": layer '", printable(name), "' has more than ",
                most_blobs, " blobs");
  }
  if (messages.empty()) return;
  try {
    std::vector<HostTensor> tensors;
    for (const auto blob : messages) tensors.push_back(read_blob(file, blob));
    GRAFT_CHECK(blobs.emplace(name, std::move(tensors)).second, format, "there is another of this name");
  } catch (const Error& error) {
    if (std::string_view(error.what()).starts_with(file)) throw;
    fail(ErrorCode::format, file, ": layer '", printable(name), "': ", error.what());
  }
}

// Whether a layer's message begins with text, as its name, type or first bottom.
bool begins_with_text(std::span<const std::byte> message) {
  WireReader in("", message);
  WireField field;
  return in.next(field) && field.type == WireField::bytes && field.number <= 4 && !plain_text(field).empty();
}

}  // namespace

bool looks_like_caffemodel(std::span<const std::byte> bytes) try {
  constexpr int fields_looked_at = 64;  // a name, and inputs with their sizes
  WireReader in("", bytes);
  WireField field;
  for (int i = 0; i < fields_looked_at && in.next(field); ++i) {
    if (field.type == WireField::bytes && (field.number == layer || field.number == v1_layer))
      return begins_with_text(field.content);
    const bool name_or_input = field.number == 1 || field.number == 3;
    if (name_or_input && (field.type != WireField::bytes || plain_text(field).size() != field.content.size()))
      return false;
    if (field.number > 8 || field.type == WireField::fixed32 || field.type == WireField::fixed64)
      return false;
  }
  return false;
} catch (const Error&) {
  return false;
}

CaffeBlobs read_caffemodel(const FileBytes& file) {
  GRAFT_CHECK(looks_like_caffemodel(file.bytes), format, file.name, ": is no .caffemodel");
  CaffeBlobs blobs;
  size_t layers = 0;
  WireReader in(file.name, file.bytes);
  for (WireField field; in.next(field);) {
    if (field.type != WireField::bytes || (field.number != layer && field.number != v1_layer)) continue;
    GRAFT_CHECK(++layers <= most_layers, format, file.name, ": has more than ", most_layers, " layers");
    read_layer(file.name, field.content, fields_of(field.number), blobs);
  }
  return blobs;
}

}  // namespace graft
