#pragma once

#include <cstring>
#include <functional>
#include <string>
#include <type_traits>

namespace graft {

// Runs `work` in a child of this process and returns what it returned: what it allocates, opens and starts is
// gone with the child. An Error comes back as it was thrown. A child that ended without a word, as the kernel
// ends one where memory runs out, is Error{memory}; `what` names the work in it. Nothing that computes may be
// open in this process: neither a GPU nor a thread survives the fork.
std::string text_from_child(const std::string& what, const std::function<std::string()>& work);

template <class Result>
Result from_child(const std::string& what, const std::function<Result()>& work) {
  static_assert(std::is_trivially_copyable_v<Result>, "the result crosses a pipe as it lies in memory");
  const std::string bytes = text_from_child(what, [&] {
    const Result result = work();
    return std::string(reinterpret_cast<const char*>(&result), sizeof result);
  });
  Result result;
  std::memcpy(&result, bytes.data(), sizeof result);
  return result;
}

}  // namespace graft
