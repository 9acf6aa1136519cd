#pragma once

#include <cstdint>

namespace graft {

constexpr int64_t ceil_divide(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace graft
