#include <doctest/doctest.h>

#include <numeric>

#include "engine/error.h"
#include "graphs/hdf5_writer.h"
#include "transfer/weights/hdf5_file.h"
#include "transfer/weights/tensor_values.h"

namespace graft::test {
namespace {

using Number = Hdf5Writer::Number;
using Storage = Hdf5Writer::Storage;

Hdf5File open(const std::string& bytes) { return Hdf5File({"sample.h5", as_file_bytes(bytes), nullptr}); }

TEST_CASE("hdf5: numbers of every type that is read, contiguous and compact") {
  Hdf5Writer out;
  const std::vector<float> values{-3, 0, 1.5f, 2, 7, 100};
  const std::pair<Number, DType> types[] = {{Number::float32, DType::float32},
                                            {Number::float64, DType::float64},
                                            {Number::float16, DType::float16}};
  for (const auto& [number, dtype] : types)
    out.dataset("a/" + std::string(name_of(dtype)), {2, 3}, values, number);
  out.dataset("compact", {6}, values, Number::float32, Storage::compact);
  out.dataset("one", {}, {5}, Number::int32);
  const std::string bytes = out.bytes();
  Hdf5File file = open(bytes);
  for (const auto& [number, dtype] : types) {
    const NamedTensor tensor = file.dataset("a/" + std::string(name_of(dtype)));
    CHECK(tensor.dtype == dtype);
    CHECK(tensor.shape == Shape{2, 3});
    CHECK(to_float32(tensor) == values);
  }
  CHECK(to_float32(file.dataset("/compact")) == values);
  CHECK(file.dataset("one").shape == Shape{});
  CHECK(to_float32(file.dataset("one")) == std::vector<float>{5});
  CHECK(file.names("a") == std::vector<std::string_view>{"float16", "float32", "float64"});
  CHECK_THROWS_WITH_AS(file.dataset("a/float8"), "sample.h5: has no 'a/float8'", Error);
  CHECK_THROWS_WITH_AS(file.dataset("a"), doctest::Contains("is no array of numbers"), Error);
}

TEST_CASE("hdf5: texts of fixed and variable length, long ones, many of them") {
  Hdf5Writer out;
  const std::string longer(100000, 'x');
  std::vector<std::string> many;
  for (int i = 0; i < 1000; ++i) many.push_back("layer_" + std::to_string(i));
  out.text("", "config", longer);
  out.texts("a/b", "fixed", {"ab", "c", "defg"}, Hdf5Writer::Text::fixed);
  out.texts("a/b", "many", many);
  const std::string bytes = out.bytes();
  Hdf5File file = open(bytes);
  CHECK(file.text("", "config") == longer);
  CHECK(file.texts("a/b", "fixed") == std::vector<std::string_view>{"ab", "c", "defg"});
  CHECK(file.texts("a/b", "many") == std::vector<std::string_view>(many.begin(), many.end()));
  CHECK(file.texts("a/b", "none").empty());
}

TEST_CASE("hdf5: a group of so many links that they take a tree of several levels") {
  Hdf5Writer out;
  for (int i = 0; i < 3000; ++i) out.group("layers/layer_" + std::to_string(i));
  const std::string bytes = out.bytes();
  Hdf5File file = open(bytes);
  CHECK(file.names("layers").size() == 3000);
  CHECK(file.has("layers/layer_2999"));
  CHECK_FALSE(file.has("layers/layer_3000"));
}

TEST_CASE("hdf5: what is not read is refused with the reason") {
  Hdf5Writer out;
  out.dataset("chunked", {4}, {1, 2, 3, 4}, Number::float32, Storage::chunked);
  out.dataset("packed", {4}, {1, 2, 3, 4}, Number::float32, Storage::packed);
  out.dataset("big", {4}, {1, 2, 3, 4}, Number::big_endian_float32);
  const std::string bytes = out.bytes();
  Hdf5File file = open(bytes);
  CHECK_THROWS_WITH_AS(file.dataset("chunked"), doctest::Contains("chunked: is stored in chunks"), Error);
  CHECK_THROWS_WITH_AS(file.dataset("packed"), doctest::Contains("packed: is packed"), Error);
  CHECK_THROWS_WITH_AS(file.dataset("big"), doctest::Contains("no array of little-endian numbers"), Error);
  Hdf5Writer latest(true);
  latest.group("a");
  const std::string newer = latest.bytes();
  CHECK_THROWS_WITH_AS(open(newer), doctest::Contains("save it again without libver"), Error);
}

}  // namespace
}  // namespace graft::test
