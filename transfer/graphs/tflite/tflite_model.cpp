#include "transfer/graphs/tflite/tflite_model.h"

#include <algorithm>
#include <cstring>

#include "transfer/weights/tensor_layout.h"
#include "transfer/weights/tensor_values.h"

namespace graft {
namespace {

std::string_view text_of(const flatbuffers::String* text) {
  return text ? std::string_view(text->c_str(), text->size()) : std::string_view();
}

// By its bytes: flatbuffers' verifier lets 8-byte numbers lie at any multiple of four.
template <class To, class From>
std::vector<To> list_of(const flatbuffers::Vector<From>* list) {
  if (!list || list->size() == 0) return {};
  std::vector<From> numbers(list->size());
  std::memcpy(numbers.data(), list->Data(), numbers.size() * sizeof(From));
  return {numbers.begin(), numbers.end()};
}

// A flatbuffer's numbers are read where they lie, which must be where such numbers may.
FileBytes aligned(const FileBytes& file) {
  constexpr size_t alignment = 16;
  if (reinterpret_cast<uintptr_t>(file.bytes.data()) % alignment == 0) return file;
  const auto copy = std::make_shared<std::vector<std::byte>>(file.bytes.begin(), file.bytes.end());
  return {file.name, *copy, copy};
}

const tflite::Model& verified(const FileBytes& file) {
  constexpr flatbuffers::uoffset_t deepest = 16, bytes_per_table = 4;
  const auto* bytes = reinterpret_cast<const uint8_t*>(file.bytes.data());
  flatbuffers::Verifier verifier(bytes, file.bytes.size(), deepest,
                                 static_cast<flatbuffers::uoffset_t>(file.bytes.size() / bytes_per_table));
  GRAFT_CHECK(tflite::VerifyModelBuffer(verifier), format, file.name,
              ": is no sound TensorFlow Lite file; it is truncated or damaged");
  return *tflite::GetModel(bytes);
}

std::optional<DType> dtype_of_type(int type) {
  switch (type) {
    case 0: return DType::float32;
    case 1: return DType::float16;
    case 2: return DType::int32;
    case 3: return DType::uint8;
    case 4: return DType::int64;
    case 9: return DType::int8;
    default: return {};
  }
}

int op_code(const tflite::OperatorCode& code) { return std::max<int>(code.old_code(), code.code()); }

}  // namespace

TfliteModel::TfliteModel(const FileBytes& file) : file_(aligned(file)), values_left_(16 * file.bytes.size()) {
  const tflite::Model& model = verified(file_);
  GRAFT_CHECK(model.version() == 3, format, file_.name, ": is TensorFlow Lite of version ", model.version(),
              "; graft reads version 3");
  GRAFT_CHECK(model.subgraphs() && model.subgraphs()->size() > 0 && model.subgraphs()->Get(0), format,
              file_.name, ": holds no network");
  const tflite::SubGraph& graph = *model.subgraphs()->Get(0);
  name_ = text_of(graph.name());
  read_tensors(model, graph);
  read_nodes(model, graph);
}

void TfliteModel::read_tensors(const tflite::Model& model, const tflite::SubGraph& graph) {
  if (!graph.tensors()) return;
  for (const tflite::Tensor* record : *graph.tensors()) {
    TfliteTensor tensor{.name = text_of(record->name()),
                        .shape = list_of<int64_t>(record->shape()),
                        .type = record->type(),
                        .data = {},
                        .scale = {},
                        .zero = {}};
    if (const tflite::Quantization* q = record->quantization()) {
      tensor.scale = list_of<float>(q->scale());
      tensor.zero = list_of<int64_t>(q->zero_point());
      tensor.axis = q->axis();
    }
    const size_t buffers = model.buffers() ? model.buffers()->size() : 0;
    GRAFT_CHECK(record->buffer() < std::max<size_t>(buffers, 1), format, file_.name, ": tensor '",
                printable(tensor.name), "' is in buffer ", record->buffer(), " of ", buffers);
    if (buffers > 0) {
      const tflite::Buffer& buffer = *model.buffers()->Get(record->buffer());
      GRAFT_CHECK(buffer.offset() <= 1, format, file_.name, ": keeps its weights behind the flatbuffer, ",
                  "as files above 2 GiB do; graft does not read that");
      if (buffer.data())
        tensor.data = {reinterpret_cast<const std::byte*>(buffer.data()->data()), buffer.data()->size()};
    }
    GRAFT_CHECK(tensor.data.empty() || !record->sparsity(), format, file_.name, ": tensor '",
                printable(tensor.name), "' is sparse; graft reads dense weights");
    tensors_.push_back(std::move(tensor));
  }
}

void TfliteModel::read_nodes(const tflite::Model& model, const tflite::SubGraph& graph) {
  const auto count = static_cast<int>(tensors_.size());
  const auto checked = [&](std::vector<int> list, int least) {
    for (const int tensor : list)
      GRAFT_CHECK(tensor >= least && tensor < count, format, file_.name, ": refers to tensor ", tensor,
                  " of ", count);
    return list;
  };
  inputs_ = checked(list_of<int>(graph.inputs()), 0);
  outputs_ = checked(list_of<int>(graph.outputs()), 0);
  if (!graph.operators()) return;
  for (const tflite::Operator* record : *graph.operators()) {
    const size_t codes = model.operator_codes() ? model.operator_codes()->size() : 0;
    GRAFT_CHECK(record->opcode() < codes, format, file_.name, ": refers to op ", record->opcode(), " of ",
                codes);
    nodes_.push_back({static_cast<TfliteOp>(op_code(*model.operator_codes()->Get(record->opcode()))),
                      checked(list_of<int>(record->inputs()), -1),
                      checked(list_of<int>(record->outputs()), 0), record});
  }
}

HostTensor TfliteModel::values(int index) {
  const TfliteTensor& tensor = tensors_[static_cast<size_t>(index)];
  const std::string where = file_.name + ": " + printable(tensor.name);
  const std::optional<DType> dtype = dtype_of_type(tensor.type);
  GRAFT_CHECK(dtype, format, where, ": holds numbers of type ", tensor.type,
              "; graft reads float32, float16, int8, uint8 and int32");
  const Shape shape = checked_shape(where, tensor.shape);
  const auto count = static_cast<uint64_t>(shape.count());
  GRAFT_CHECK(count * size_of(*dtype) == tensor.data.size(), format, where, ": has ", tensor.data.size(),
              " bytes for ", shape, " of ", name_of(*dtype));
  GRAFT_CHECK(count <= values_left_, format, file_.name,
              ": uses its weights over and over again; the file is damaged");
  values_left_ -= count;
  std::vector<float> values = to_float32({.name = std::string(tensor.name),
                                          .dtype = *dtype,
                                          .shape = shape,
                                          .strides = {},
                                          .data = tensor.data.data()});
  if (*dtype == DType::float32 || *dtype == DType::float16) return HostTensor::from(shape, std::move(values));

  GRAFT_CHECK(tensor.quantised(), format, where, ": holds integers without a scale");
  const bool by_channel = tensor.scale.size() > 1;
  GRAFT_CHECK(!by_channel || (tensor.axis >= 0 && tensor.axis < shape.rank() &&
                              static_cast<int64_t>(tensor.scale.size()) == shape[tensor.axis]),
              format, where, ": has ", tensor.scale.size(), " scales along axis ", tensor.axis, " of ",
              shape);
  GRAFT_CHECK(tensor.zero.size() <= 1 || tensor.zero.size() == tensor.scale.size(), format, where, ": has ",
              tensor.zero.size(), " zero points for ", tensor.scale.size(), " scales");
  int64_t inner = 1;
  for (int i = tensor.axis + 1; by_channel && i < shape.rank(); ++i) inner *= shape[i];
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t channel = by_channel ? i / static_cast<size_t>(inner) % tensor.scale.size() : 0;
    const int64_t zero = tensor.zero.empty() ? 0 : tensor.zero[tensor.zero.size() > 1 ? channel : 0];
    values[i] = static_cast<float>((static_cast<double>(values[i]) - static_cast<double>(zero)) *
                                   static_cast<double>(tensor.scale[channel]));
  }
  return HostTensor::from(shape, std::move(values));
}

std::vector<int64_t> TfliteModel::integers(int index) const {
  const TfliteTensor& tensor = tensors_[static_cast<size_t>(index)];
  const std::optional<DType> dtype = dtype_of_type(tensor.type);
  std::vector<int64_t> values;
  ByteReader in(file_.name, tensor.data);
  if (dtype == DType::int32)
    while (in.left() >= 4) values.push_back(in.read<int32_t>());
  if (dtype == DType::int64)
    while (in.left() >= 8) values.push_back(in.read<int64_t>());
  return values;
}

}  // namespace graft
