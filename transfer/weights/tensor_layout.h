#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "engine/dtype.h"
#include "engine/shape.h"

namespace graft {

// A shape out of a file. Error{format}, naming `where`, for more than Shape::max_rank sizes, a negative one,
// or more than 2^59 elements (so that their bytes can be counted, too).
Shape checked_shape(std::string_view where, std::span<const int64_t> sizes);

std::vector<int64_t> row_major_strides(const Shape& shape);
std::vector<int64_t> column_major_strides(const Shape& shape);

// Whether these strides walk the elements in row-major order without gaps.
bool is_row_major(const Shape& shape, std::span<const int64_t> strides);

// Index of the last element plus one; 0 for a tensor without elements. Error{format} for a negative stride,
// for a number of strides that is not the number of sizes, or on overflow.
int64_t reach(std::string_view where, const Shape& shape, std::span<const int64_t> strides);

}  // namespace graft
