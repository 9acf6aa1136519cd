#include "transfer/cost/child_process.h"

#include <doctest/doctest.h>
#include <signal.h>

#include "engine/check.h"

namespace graft {
namespace {

TEST_CASE("child process: what it returns comes back, and nothing else") {
  int here = 1;
  struct Pair {
    int a;
    double b;
  };
  const Pair pair = from_child<Pair>("two numbers", [&] { return here = 2, Pair{7, 0.5}; });
  CHECK(pair.a == 7);
  CHECK(pair.b == 0.5);
  CHECK(here == 1);
  const std::string large(size_t{1} << 20, 'x');  // more than a pipe holds
  CHECK(text_from_child("a text", [&] { return large; }) == large);
  CHECK(text_from_child("nothing", [] { return std::string(); }).empty());
}

std::string error_of(const std::function<std::string()>& work, ErrorCode code) {
  try {
    text_from_child("the work", work);
  } catch (const Error& error) {
    CHECK(error.code() == code);
    return error.what();
  }
  return "no error";
}

TEST_CASE("child process: its errors are the caller's") {
  CHECK(error_of([]() -> std::string { fail(ErrorCode::shape, "too\nlong"); }, ErrorCode::shape) ==
        "too\nlong");
  CHECK(error_of([]() -> std::string { throw std::bad_alloc(); }, ErrorCode::memory) == "out of memory");
  const std::string killed =
      error_of([] { return raise(SIGKILL), std::string("unsaid"); }, ErrorCode::memory);
  CHECK(killed.find("the work: ") == 0);
  CHECK(killed.find("signal 9") != std::string::npos);
}

}  // namespace
}  // namespace graft
