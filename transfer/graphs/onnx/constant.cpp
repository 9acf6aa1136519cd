#include "transfer/graphs/onnx/constant.h"

#include <algorithm>
#include <cstring>

#include "transfer/weights/bytes.h"
#include "transfer/weights/tensor_values.h"

namespace graft {

namespace {

// Numbers of ONNX's TensorProto.DataType.
struct FileType {
  int number;
  DType dtype;
};
constexpr FileType float_types[] = {
    {1, DType::float32}, {10, DType::float16}, {11, DType::float64}, {16, DType::bfloat16}};
constexpr int type_uint8 = 2, type_int8 = 3, type_int32 = 6, type_int64 = 7, type_bool = 9;

template <class T>
std::vector<int64_t> widened(std::string_view raw) {
  std::vector<int64_t> values;
  for (size_t at = 0; at + sizeof(T) <= raw.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, raw.data() + at, sizeof(T));
    values.push_back(value);
  }
  return values;
}

std::vector<int64_t> integers_of(const onnx_file::Tensor& tensor) {
  const std::string& raw = tensor.raw_data();
  switch (tensor.data_type()) {
    case type_int64:
      if (tensor.has_raw_data()) return widened<int64_t>(raw);
      return {tensor.int64_data().begin(), tensor.int64_data().end()};
    case type_int32:
      if (tensor.has_raw_data()) return widened<int32_t>(raw);
      break;
    case type_int8:
      if (tensor.has_raw_data()) return widened<int8_t>(raw);
      break;
    case type_bool:
    case type_uint8:
      if (tensor.has_raw_data()) return widened<uint8_t>(raw);
      break;
    default:
      fail(ErrorCode::format, "is of ONNX's type ", tensor.data_type(),
           "; graft reads float32, float16, bfloat16, float64, int64, int32, int8, uint8 and bool");
  }
  return {tensor.int32_data().begin(), tensor.int32_data().end()};
}

// 16-bit floats outside raw_data are the low halves of int32_data.
std::vector<uint16_t> low_halves(const onnx_file::Tensor& tensor) {
  std::vector<uint16_t> halves;
  for (int32_t value : tensor.int32_data()) halves.push_back(static_cast<uint16_t>(value));
  return halves;
}

HostTensor floats_of(const onnx_file::Tensor& tensor, DType dtype, const Shape& shape,
                     const std::shared_ptr<const void>& owner) {
  std::vector<uint16_t> halves;
  std::span<const std::byte> bytes = as_file_bytes(tensor.raw_data());
  if (!tensor.has_raw_data()) {
    if (dtype == DType::float32) {
      bytes = std::as_bytes(std::span(tensor.float_data().data(), tensor.float_data().size()));
    } else if (dtype == DType::float64) {
      bytes = std::as_bytes(std::span(tensor.double_data().data(), tensor.double_data().size()));
    } else {
      halves = low_halves(tensor);
      bytes = std::as_bytes(std::span(halves));
    }
  }
  GRAFT_CHECK(bytes.size() == static_cast<size_t>(shape.count()) * size_of(dtype), format, "has ",
              bytes.size(), " bytes of values where its sizes ", shape, " want ",
              shape.count() * size_of(dtype));
  const NamedTensor named{.name = {}, .dtype = dtype, .shape = shape, .strides = {}, .data = bytes.data()};
  std::vector<float> storage;
  const std::span<const float> values = as_float32(named, storage);
  if (!storage.empty() || values.empty()) return HostTensor::from(shape, std::move(storage));
  return {shape, values.data(), owner};
}

}  // namespace

Shape shape_of(const std::vector<int64_t>& dims) {
  Shape shape;
  for (int64_t size : dims) shape.push_back(size);
  return shape;
}

int64_t count_of(const std::vector<int64_t>& dims) {
  constexpr int64_t most = int64_t{1} << 40;
  int64_t count = 1;
  for (int64_t size : dims)
    GRAFT_CHECK(size >= 0 && !__builtin_mul_overflow(count, size, &count) && count <= most, format,
                "a tensor's sizes are negative or too large");
  return count;
}

OnnxConstant OnnxConstant::of(std::vector<int64_t> dims, std::vector<int64_t> values) {
  return {.dims = std::move(dims), .whole = true, .integers = std::move(values), .floats = {}};
}

OnnxConstant OnnxConstant::of(std::vector<int64_t> dims, std::vector<float> values) {
  const Shape shape = shape_of(dims);
  return {.dims = std::move(dims),
          .whole = false,
          .integers = {},
          .floats = HostTensor::from(shape, std::move(values))};
}

OnnxConstant read_onnx_tensor(const onnx_file::Tensor& tensor, const std::shared_ptr<const void>& owner) {
  GRAFT_CHECK(tensor.data_location() == 0, format,
              "has its values in another file; save the network as one file");
  OnnxConstant constant{
      .dims = {tensor.dims().begin(), tensor.dims().end()}, .whole = false, .integers = {}, .floats = {}};
  const int64_t count = count_of(constant.dims);
  const auto* type = std::find_if(std::begin(float_types), std::end(float_types),
                                  [&](const FileType& t) { return t.number == tensor.data_type(); });
  if (type != std::end(float_types)) {
    constant.floats = floats_of(tensor, type->dtype, shape_of(constant.dims), owner);
    return constant;
  }
  constant.whole = true;
  constant.integers = integers_of(tensor);
  GRAFT_CHECK(static_cast<int64_t>(constant.integers.size()) == count, format, "has ",
              constant.integers.size(), " values where its sizes want ", count);
  return constant;
}

}  // namespace graft
