#include <doctest/doctest.h>

#include "weights/samples.h"

namespace graft::test {
namespace {

template <class T>
std::string data_of(std::initializer_list<T> values) {
  std::string bytes;
  for (T value : values) append(bytes, value);
  return bytes;
}

std::string array(const std::string& type, const std::string& shape, const std::string& data, int version = 1,
                  const std::string& fortran = "False") {
  return npy("{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }", data,
             version);
}

std::vector<float> values(const std::string& bytes) { return values_of(read_copy(bytes), "array"); }

TEST_CASE("npy: every dtype and every version") {
  using Floats = std::vector<float>;
  const std::string pair = "(2,)";
  CHECK(values(array("<f4", pair, data_of<float>({1.5f, -2}))) == Floats{1.5f, -2});
  CHECK(values(array("<f8", pair, data_of<double>({1.5, -2}))) == Floats{1.5f, -2});
  CHECK(values(array("<f2", pair, data_of<uint16_t>({0x3e00, 0xc000}))) == Floats{1.5f, -2});
  CHECK(values(array("|i1", pair, data_of<int8_t>({1, -2}))) == Floats{1, -2});
  CHECK(values(array("|u1", pair, data_of<uint8_t>({1, 254}))) == Floats{1, 254});
  CHECK(values(array("|b1", pair, data_of<uint8_t>({1, 0}))) == Floats{1, 0});
  CHECK(values(array("<i2", pair, data_of<int16_t>({1, -2}))) == Floats{1, -2});
  CHECK(values(array("<i4", pair, data_of<int32_t>({1, -2}))) == Floats{1, -2});
  CHECK(values(array("<i8", pair, data_of<int64_t>({1, -2}))) == Floats{1, -2});
  for (const int version : {1, 2, 3})
    CHECK(values(array("<f4", "(1, 2)", data_of<float>({3, 4}), version)) == Floats{3, 4});
}

TEST_CASE("npy: column-major data is read through strides") {
  const std::string data = data_of<float>({1, 2, 3, 4, 5, 6});
  const TensorFile file = read_copy(array("<f4", "(2, 3)", data, 1, "True"));
  CHECK(file.at("array").strides == std::vector<int64_t>{1, 2});
  CHECK(values_of(file, "array") == std::vector<float>{1, 3, 5, 2, 4, 6});
  CHECK(read_copy(array("<f4", "(6,)", data, 1, "True")).at("array").dense());
}

TEST_CASE("npy: scalars, empty arrays and shapes of Python 2") {
  CHECK(values(array("<f4", "()", data_of<float>({7}))) == std::vector<float>{7});
  CHECK(values(array("<f4", "(0, 5)", "")).empty());
  CHECK(values(array("<f4", "(2L, 1L)", data_of<float>({7, 8}))).size() == 2);
}

TEST_CASE("npy: what is not plain numbers is refused by name") {
  for (const char* type : {">f4", "|O", "<c8", "<U4", "f4", "<u4", "|V8", "", "<", "=f4", "|f4"}) {
    CAPTURE(type);
    CHECK(refusal(array(type, "(1,)", "12345678")).find("elements of type") != std::string::npos);
  }
}

TEST_CASE("npy: wrong headers are refused") {
  const std::string data = data_of<float>({1, 2});
  for (const char* shape : {"(3,)", "(1,)", "(-2,)", "(2", "2", "(2,,)", "(a,)", "(99999999999999999999,)",
                            "(4611686018427387904, 4611686018427387904)", "(1,1,1,1,1,1,2)", "(2 1)"}) {
    CAPTURE(shape);
    CHECK(refusal(array("<f4", shape, data)) != "");
  }
  for (const char* dictionary :
       {"", "{", "{}", "[]", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} import os", "{'descr': '<f4, }",
        "{'descr' '<f4'}", "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}"}) {
    CAPTURE(dictionary);
    CHECK(refusal(npy(dictionary, data)) != "");
  }
  CHECK(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", data)) == "");
  CHECK(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", data, 4)) != "");
  CHECK(refusal(npy("{" + std::string(100000, ' ') + "}", data, 2)) != "");
}

}  // namespace
}  // namespace graft::test
