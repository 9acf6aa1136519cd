#include "support/op_runner.h"

#include <map>
#include <memory>

#include "engine/half.h"

namespace graft::test {
namespace {

template <class T>
std::vector<std::byte> encode_as(const std::vector<double>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  for (size_t i = 0; i < values.size(); ++i) {
    T value;
    if constexpr (std::is_same_v<T, bfloat16>)
      value = to_bfloat16(static_cast<float>(values[i]));
    else
      value = static_cast<T>(values[i]);
    std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
  }
  return bytes;
}

template <class T>
std::vector<double> decode_as(const std::vector<std::byte>& bytes) {
  std::vector<double> values(bytes.size() / sizeof(T));
  for (size_t i = 0; i < values.size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    if constexpr (std::is_same_v<T, bfloat16>)
      values[i] = to_float(value);
    else
      values[i] = static_cast<double>(value);
  }
  return values;
}

DType type_on(DeviceKind kind, DType dtype) {
  const bool halves_in_double = dtype == DType::bfloat16 && kind == DeviceKind::float64;
  return dtype == DType::float64 || halves_in_double ? floating_type(kind) : dtype;
}

}  // namespace

std::vector<std::string_view> device_names_for_tests() {
  std::vector<std::string_view> names{"cpu", "float64", "emulated:sm_80"};
  if (automatic_device().why_not_cuda.empty()) names.push_back("cuda");
  return names;
}

Device& device_for_tests(std::string_view name) {
  static std::map<std::string, std::unique_ptr<Device>, std::less<>> open;
  auto found = open.find(name);
  if (found == open.end()) found = open.emplace(std::string(name), open_device(name, {.threads = 2})).first;
  return *found->second;
}

DType floating_type(DeviceKind kind) { return kind == DeviceKind::float64 ? DType::float64 : DType::float32; }

std::vector<std::byte> encode(const std::vector<double>& values, DType dtype) {
  if (dtype == DType::float32) return encode_as<float>(values);
  if (dtype == DType::float64) return encode_as<double>(values);
  if (dtype == DType::bfloat16) return encode_as<bfloat16>(values);
  if (dtype == DType::int32) return encode_as<int32_t>(values);
  if (dtype == DType::uint8) return encode_as<uint8_t>(values);
  fail(ErrorCode::call, "tests do not make ", name_of(dtype), " tensors");
}

std::vector<double> decode(const std::vector<std::byte>& bytes, DType dtype) {
  if (dtype == DType::float32) return decode_as<float>(bytes);
  if (dtype == DType::float64) return decode_as<double>(bytes);
  if (dtype == DType::bfloat16) return decode_as<bfloat16>(bytes);
  if (dtype == DType::int32) return decode_as<int32_t>(bytes);
  if (dtype == DType::uint8) return decode_as<uint8_t>(bytes);
  fail(ErrorCode::call, "tests do not read ", name_of(dtype), " tensors");
}

namespace {
constexpr int64_t margin = 4;
}

HostTensor in_wider_rows(const HostTensor& tensor) {
  const int64_t rows = tensor.shape[0], c = tensor.shape[1], wide = c + 2 * margin;
  HostTensor result{{1, 1, rows, wide}, std::vector<double>(rows * wide, std::nan("")), tensor.dtype};
  for (int64_t row = 0; row < rows; ++row)
    std::copy_n(tensor.values.begin() + row * c, c, result.values.begin() + row * wide + margin);
  return result;
}

TensorView slice_of_wider_rows(const TensorView& wide) {
  TensorView view = wide;
  view.shape[3] -= 2 * margin;
  view.data = static_cast<std::byte*>(view.data) + margin * size_of(view.dtype);
  return view;
}

Buffer filled_buffer(Device& device, const std::vector<std::byte>& bytes) {
  Buffer buffer(device, bytes.size());
  device.copy_in(buffer.data(), bytes.data(), bytes.size(), device.stream());
  device.stream().synchronize();
  return buffer;
}

// All bits set is a NaN in every floating-point type.
std::vector<std::byte> nan_bytes(size_t count) { return std::vector<std::byte>(count, std::byte{0xFF}); }

DeviceTensor::DeviceTensor(Device& device, const HostTensor& host, bool dirty)
    : device_(&device), shape_(host.shape), dtype_(type_on(device.properties().kind, host.dtype)) {
  std::vector<double> values = host.values;
  if (dirty) {
    const bool floating = dtype_ == DType::float32 || dtype_ == DType::float64 || dtype_ == DType::bfloat16;
    values.assign(static_cast<size_t>(shape_.count()),
                  floating ? std::numeric_limits<double>::infinity() : 113.0);
  }
  GRAFT_CHECK(static_cast<int64_t>(values.size()) == shape_.count(), shape, "a test tensor of shape ", shape_,
              " was given ", values.size(), " values");
  buffer_ = filled_buffer(device, encode(values, dtype_));
}

TensorView DeviceTensor::view() const { return view_of(buffer_.data(), shape_, dtype_); }

std::vector<double> DeviceTensor::read() const {
  std::vector<std::byte> bytes(buffer_.bytes());
  device_->copy_out(bytes.data(), buffer_.data(), bytes.size(), device_->stream());
  device_->stream().synchronize();
  return decode(bytes, dtype_);
}

void DeviceTensor::poison() {
  device_->fill(buffer_.data(), 0xFF, buffer_.bytes(), device_->stream());
  device_->stream().synchronize();
}

}  // namespace graft::test
