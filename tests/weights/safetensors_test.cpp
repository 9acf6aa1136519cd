#include <doctest/doctest.h>

#include <locale>

#include "support/test_data.h"
#include "transfer/weights/safetensors.h"
#include "transfer/weights/tensor_values.h"
#include "weights/samples.h"

namespace graft::test {
namespace {

std::string with_header(const std::string& header, size_t data_bytes) {
  std::string file;
  append(file, static_cast<uint64_t>(header.size()));
  return file + header + std::string(data_bytes, '\0');
}

// A tensor of the header's JSON.
std::string entry(const std::string& name, const std::string& shape, const std::string& offsets) {
  return "\"" + name + R"(":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

std::string braced(const std::string& header) { return std::string("{").append(header).append("}"); }

std::string text_of(const std::vector<std::byte>& bytes) { return std::string(as_text(bytes)); }

NamedTensor tensor(std::string name, DType dtype, Shape shape, const void* data) {
  return {std::move(name), dtype, shape, {}, static_cast<const std::byte*>(data)};
}

TEST_CASE("safetensors: ranges that overlap, leave gaps or leave the file are refused") {
  const std::string a = entry("a", "[2]", "[0,8]");
  CHECK(refusal(with_header("{" + a + "}", 8)) == "");
  CHECK(refusal(with_header("{" + a + "," + entry("b", "[1]", "[8,12]") + "}", 12)) == "");
  for (const char* offsets : {"[4,8]", "[0,4]", "[12,16]", "[8,16]", "[8,4]", "[7,11]",
                              "[18446744073709551612,0]", "[8,18446744073709551615]", "[4,12]"}) {
    CAPTURE(offsets);
    CHECK(refusal(with_header("{" + a + "," + entry("b", "[1]", offsets) + "}", 12)) != "");
  }
  // Up to the file's very end, so that nothing but the neighbour is wrong.
  const std::string twice = "{" + a + "," + entry("b", "[1]", "[4,8]") + "}";
  CHECK(refusal(with_header(twice, 8)).find("where 8 is expected") != std::string::npos);
  const std::string gap = "{" + a + "," + entry("b", "[1]", "[12,16]") + "}";
  CHECK(refusal(with_header(gap, 16)).find("where 8 is expected") != std::string::npos);
  CHECK(refusal(with_header("{" + a + "}", 9)).find("belong to no tensor") != std::string::npos);
  CHECK(refusal(with_header("{" + a + "}", 7)) != "");
}

TEST_CASE("safetensors: shapes must fit their bytes") {
  for (const char* shape :
       {"[1]", "[3]", "[2,2]", "[-2]", "[2.0]", "[1,1,1,1,1,1,2]", "[9223372036854775808]", "2", "\"2\"",
        "[[2]]", "null", "[4611686018427387904,4]", "[true]"}) {
    CAPTURE(shape);
    CHECK(refusal(with_header(braced(entry("a", shape, "[0,8]")), 8)) != "");
  }
}

TEST_CASE("safetensors: headers that are no such headers are refused") {
  const std::string whole = entry("a", "[2]", "[0,8]");
  for (const std::string& header :
       {std::string("{"), std::string("{]"), std::string("{\"a\":5}"), std::string("{\"a\":{}}"),
        std::string("{\"a\":[]}"), "{" + whole + "," + whole + "}", "{" + whole + "}}", "{" + whole + "} x",
        "{" + whole + ",}", std::string("{\"__metadata__\":{\"a\":1}}"),
        std::string("{\"__metadata__\":{\"a\":{}}}"),
        std::string("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}"), std::string("{\"__metadata__\":[]}"),
        std::string(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}})"),
        std::string(R"({"a":{"dtype":"F32","dtype":"F32","shape":[2]}})"),
        std::string(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}})"),
        std::string(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}})"),
        std::string(R"({"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}})"),
        std::string("{\"\xff\":{}}")}) {
    CAPTURE(header);
    CHECK(refusal(with_header(header, 8)) != "");
  }
  CHECK(refusal(with_header("{}", 0)) == "");
}

TEST_CASE("safetensors: deep and huge headers are refused") {
  CHECK(refusal(with_header("{\"a\":" + std::string(1000000, '['), 8)) != "");
  std::string objects = "{";
  for (int i = 0; i < 200000; ++i) objects += "\"a\":{";
  CHECK(refusal(with_header(objects, 8)) != "");
  for (const uint64_t length : {uint64_t{9}, uint64_t{1} << 20, uint64_t{100'000'000}, uint64_t{100'000'001},
                                uint64_t{0xffffffff}, UINT64_MAX}) {
    CAPTURE(length);
    std::string file;
    append(file, length);
    CHECK(refusal(file + "{}      ") != "");
  }
}

TEST_CASE("safetensors: what is written is read back, with its metadata and its order") {
  const float floats[] = {1, 2, 3, 4, 5, 6};
  const int8_t bytes[] = {1, -2, 3};
  const int64_t number = 7;
  NamedTensor transposed = tensor("z", DType::float32, {3, 2}, floats);
  transposed.strides = {1, 3};
  const std::vector<NamedTensor> tensors = {tensor("odd", DType::int8, {3}, bytes), transposed,
                                            tensor("a \"quoted\" \n name", DType::float32, {2, 3}, floats),
                                            tensor("count", DType::int64, {}, &number),
                                            tensor("empty", DType::float32, {0, 4}, nullptr)};
  const std::map<std::string, std::string> metadata = {{"graph", "{\"a\":1}"}, {"\xc3\xa4", ""}};
  const std::string given = text_of(safetensors_bytes(tensors, metadata, TensorOrder::as_given));
  const TensorFile file = read_copy(given);
  CHECK(file.metadata() == metadata);
  REQUIRE(file.tensors().size() == tensors.size());
  std::vector<std::byte> storage_a, storage_b;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const NamedTensor& read = file.tensors()[i];
    CHECK(read.name == tensors[i].name);
    CHECK(read.dtype == tensors[i].dtype);
    CHECK(read.shape == tensors[i].shape);
    CHECK(as_text(row_major_bytes(read, storage_a)) == as_text(row_major_bytes(tensors[i], storage_b)));
    CHECK((reinterpret_cast<uintptr_t>(read.data) % size_of(read.dtype) == 0));
  }
  CHECK(values_of(file, "z") == std::vector<float>{1, 4, 2, 5, 3, 6});
  uint64_t header = 0;
  std::memcpy(&header, given.data(), 8);
  CHECK(header % 8 == 0);

  std::vector<NamedTensor> reversed(tensors.rbegin(), tensors.rend());
  CHECK(safetensors_bytes(tensors, metadata) == safetensors_bytes(reversed, metadata));
  CHECK(read_copy(text_of(safetensors_bytes(tensors))).tensors()[0].name == "a \"quoted\" \n name");
}

TEST_CASE("safetensors: the program's locale does not reach the file") {
  struct Grouping : std::numpunct<char> {
    std::string do_grouping() const override { return "\1"; }
  };
  const std::vector<float> values(1000, 1.0f);
  const NamedTensor wide = tensor("w", DType::float32, {1000}, values.data());
  const auto plain = safetensors_bytes({&wide, 1});
  const std::locale before = std::locale::global(std::locale(std::locale(), new Grouping));
  const auto grouped = safetensors_bytes({&wide, 1});
  const size_t read = read_copy(text_of(grouped)).tensors().size();
  std::locale::global(before);
  CHECK(plain == grouped);
  CHECK(read == 1);
}

TEST_CASE("safetensors: what cannot be written is refused before a file is made") {
  const Folder folder;
  const float one = 1;
  const auto code_of = [&](const std::vector<NamedTensor>& tensors,
                           const std::map<std::string, std::string>& metadata) {
    try {
      write_safetensors(folder.path() / "out", tensors, metadata);
    } catch (const Error& error) {
      CHECK(std::filesystem::is_empty(folder.path()));
      return error.code();
    }
    return ErrorCode::cancelled;
  };
  CHECK(code_of({tensor("a", DType::float32, {}, &one), tensor("a", DType::float32, {}, &one)}, {}) ==
        ErrorCode::call);
  CHECK(code_of({tensor("", DType::float32, {}, &one)}, {}) == ErrorCode::call);
  CHECK(code_of({tensor("__metadata__", DType::float32, {}, &one)}, {}) == ErrorCode::call);
  CHECK(code_of({tensor("\xff", DType::float32, {}, &one)}, {}) == ErrorCode::call);
  CHECK(code_of({}, {{"a", "\xff"}}) == ErrorCode::call);
  CHECK(code_of({tensor("a", DType::float32, {}, &one)}, {}) == ErrorCode::cancelled);
  CHECK(read_tensor_file(folder.path() / "out").tensors().size() == 1);
}

TEST_CASE("safetensors: a real network survives the way through the writer") {
  GRAFT_REQUIRE_TEST_DATA(data);
  const Folder folder;
  const TensorFile network = read_tensor_file(data / "weights/mobilenet_v2.pth");
  write_safetensors(folder.path() / "copy", network.tensors(), {}, TensorOrder::as_given);
  const TensorFile copy = read_tensor_file(folder.path() / "copy");
  REQUIRE(copy.tensors().size() == network.tensors().size());
  std::vector<std::byte> a, b;
  for (size_t i = 0; i < copy.tensors().size(); ++i) {
    CHECK(copy.tensors()[i].name == network.tensors()[i].name);
    const bool same =
        as_text(row_major_bytes(copy.tensors()[i], a)) == as_text(row_major_bytes(network.tensors()[i], b));
    CHECK(same);
  }
  CHECK(file_content(folder.path() / "copy") ==
        text_of(safetensors_bytes(copy.tensors(), {}, TensorOrder::as_given)));
}

}  // namespace
}  // namespace graft::test
