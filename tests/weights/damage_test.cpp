#include <doctest/doctest.h>

#include <random>

#include "support/test_data.h"
#include "transfer/weights/tensor_layout.h"
#include "transfer/weights/tensor_values.h"
#include "weights/samples.h"

// Each file cut at 100 places and with 200 single bytes changed: an error, or a file whose every tensor can
// be read. What else could go wrong is for the sanitizers to see.
namespace graft::test {
namespace {

constexpr uint32_t seed = 20240607;

// Reads each tensor's first and last byte; all of a small one.
void touch(const TensorFile& file) {
  unsigned sum = 0;
  for (const NamedTensor& tensor : file.tensors()) {
    if (tensor.shape.count() == 0) continue;
    if (tensor.shape.count() <= 4096) to_float32(tensor);
    const auto strides = tensor.dense() ? row_major_strides(tensor.shape) : tensor.strides;
    const int64_t bytes = reach("", tensor.shape, strides) * static_cast<int64_t>(size_of(tensor.dtype));
    sum += std::to_integer<unsigned>(tensor.data[0]) + std::to_integer<unsigned>(tensor.data[bytes - 1]);
  }
  CHECK(sum < ~0u);
}

bool loads(std::string_view bytes) {
  try {
    touch(read_copy(bytes));
    return true;
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::format);
    CHECK(std::string_view(error.what()).find('\n') == std::string_view::npos);
    return false;
  }
}

// Half of the places near either end, where the structure is.
size_t any_place(std::mt19937& random, size_t size) {
  const size_t near = std::min<size_t>(size, 16384);
  const size_t place = random() % near;
  switch (random() % 4) {
    case 0:
      return place;
    case 1:
      return size - 1 - place;
    default:
      return random() % size;
  }
}

void check_damage(const std::string& name, std::string bytes) {
  CAPTURE(name);
  CAPTURE(seed);
  std::mt19937 random(seed);
  REQUIRE(loads(bytes));
  int cuts = 0, changes = 0, refused = 0;
  for (; cuts < 100; ++cuts) {
    const size_t size = bytes.size() < 100 ? cuts % bytes.size() : any_place(random, bytes.size());
    CAPTURE(size);
    CHECK_FALSE(loads(std::string_view(bytes).substr(0, size)));
  }
  for (; changes < 200; ++changes) {
    char& byte = bytes[any_place(random, bytes.size())];
    const char before = byte;
    byte = static_cast<char>(before ^ (1 + random() % 255));
    refused += !loads(bytes);
    byte = before;
  }
  CHECK(cuts == 100);
  CHECK(changes == 200);
  CHECK(refused > 0);
}

TEST_CASE("weights: small files cut short or damaged are refused or read, never worse") {
  for (const auto& [name, bytes] : all_samples()) check_damage(name, bytes);
}

TEST_CASE("weights: every single cut and every changed byte of the small files") {
  size_t tried = 0;
  for (const auto& [name, sample] : all_samples()) {
    CAPTURE(name);
    std::string bytes = sample;
    for (size_t i = 0; i < bytes.size(); ++i) {
      CAPTURE(i);
      CHECK_FALSE(loads(std::string_view(sample).substr(0, i)));
      for (const char change : {'\x01', '\x80', '\xff'}) {
        bytes[i] = static_cast<char>(sample[i] ^ change);
        loads(bytes);
        ++tried;
      }
      bytes[i] = sample[i];
    }
  }
  CHECK(tried > 5000);
}

TEST_CASE("weights: real files cut short or damaged are refused or read, never worse") {
  GRAFT_REQUIRE_TEST_DATA(data);
  for (const char* name : {"formats/safetensors/mnist.pt", "formats/safetensors/mnist.safetensors",
                           "formats/pth/resnet20-12fca82f.th", "weights/squeezenet1_1.npz"})
    check_damage(name, file_content(data / name));
}

}  // namespace
}  // namespace graft::test
