#include "bench/figures/shape.h"

#include <doctest/doctest.h>

#include "engine/error.h"

namespace graft::bench {
namespace {

constexpr Letter letters[] = {{'n', "images", 1, 65536, 1},
                              {'h', "rows", 1, 65536, 56},
                              {'w', "columns, as h", 1, 65536, 56, 'h'},
                              {'p', "padding", 0, 16, 0, 0, false}};

std::string rejection(std::string_view text) {
  try {
    parse_shape(text, letters);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::call);
    return error.what();
  }
  return "";
}

TEST_CASE("bench: a shape's text gives its sizes, whatever their order, and the silent ones their own") {
  CHECK(parse_shape("n32h7w9p1", letters) == Sizes{{'n', 32}, {'h', 7}, {'w', 9}, {'p', 1}});
  CHECK(parse_shape("p1w9h7n32", letters) == parse_shape("n32h7w9p1", letters));
  CHECK(parse_shape("h7", letters) == Sizes{{'n', 1}, {'h', 7}, {'w', 7}, {'p', 0}});
  CHECK(parse_shape("", letters) == Sizes{{'n', 1}, {'h', 56}, {'w', 56}, {'p', 0}});
}

TEST_CASE("bench: a shape's text and its sizes are the same thing") {
  for (const char* text : {"n1h56w56", "n32h7w9p16", "n65536h1w65536"})
    CHECK(text_of(parse_shape(text, letters), letters) == text);
  CHECK(text_of(parse_shape("w4p0", letters), letters) == "n1h56w4");
}

TEST_CASE("bench: what is no shape is refused in one line that says why") {
  const std::pair<const char*, const char*> wrong[] = {
      {"x3", "'x' is no size"},
      {"n32 h7", "' ' is no size"},
      {"n-1", "'n' has no number"},
      {"n", "'n' has no number"},
      {"nn", "'n' has no number"},
      {"32n", "'3' is no size"},
      {"N32", "'N' is no size"},
      {"n0", "n must be a number from 1 to 65536"},
      {"n65537", "n must be a number from 1 to 65536"},
      {"n18446744073709551617", "n must be a number from 1 to 65536"},
      {"n99999999999999999999999999999999999999999999", "n must be a number from 1 to 65536"},
      {"p17", "p must be a number from 0 to 16"},
      {"n1n1", "'n' is given twice"},
      {"n1\xff", "is no size"},
      {"n1.5", "'.' is no size"},
      {"n1e3", "'e' is no size"},
  };
  for (const auto& [text, reason] : wrong) {
    CAPTURE(text);
    const std::string said = rejection(text);
    CAPTURE(said);
    CHECK(said.find(reason) != std::string::npos);
    CHECK(said.find('\n') == std::string::npos);
  }
}

TEST_CASE("bench: a tensor of 2^31 elements is refused, one less is not") {
  CHECK_NOTHROW(check_elements("x", 2147483647.0));
  CHECK_THROWS_AS(check_elements("x", 2147483648.0), Error);
  CHECK_THROWS_AS(check_elements("x", 1e300), Error);
}

}  // namespace
}  // namespace graft::bench
