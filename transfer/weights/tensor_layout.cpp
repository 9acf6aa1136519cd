#include "transfer/weights/tensor_layout.h"

#include "transfer/weights/bytes.h"

namespace graft {

Shape checked_shape(std::string_view where, std::span<const int64_t> sizes) {
  constexpr int64_t most = int64_t{1} << 59;
  GRAFT_CHECK(sizes.size() <= Shape::max_rank, format, where, ": has ", sizes.size(),
              " dimensions; graft reads at most ", Shape::max_rank);
  Shape shape;
  int64_t count = 1;
  for (int64_t size : sizes) {
    GRAFT_CHECK(size >= 0, format, where, ": has the negative size ", size);
    GRAFT_CHECK(!__builtin_mul_overflow(count, size, &count) && count <= most, format, where,
                ": has too many elements to exist");
    shape.push_back(size);
  }
  return shape;
}

std::vector<int64_t> row_major_strides(const Shape& shape) {
  std::vector<int64_t> strides(shape.rank());
  int64_t stride = 1;
  for (int i = shape.rank() - 1; i >= 0; stride *= shape[i--]) strides[i] = stride;
  return strides;
}

std::vector<int64_t> column_major_strides(const Shape& shape) {
  std::vector<int64_t> strides(shape.rank());
  int64_t stride = 1;
  for (int i = 0; i < shape.rank(); stride *= shape[i++]) strides[i] = stride;
  return strides;
}

bool is_row_major(const Shape& shape, std::span<const int64_t> strides) {
  if (shape.count() == 0) return true;
  const std::vector<int64_t> wanted = row_major_strides(shape);
  for (int i = 0; i < shape.rank(); ++i)
    if (shape[i] != 1 && strides[i] != wanted[i]) return false;
  return true;
}

int64_t reach(std::string_view where, const Shape& shape, std::span<const int64_t> strides) {
  GRAFT_CHECK(static_cast<int>(strides.size()) == shape.rank(), format, where, ": has ", strides.size(),
              " strides for the shape ", shape);
  int64_t last = 0;
  for (int i = 0; i < shape.rank(); ++i) {
    GRAFT_CHECK(strides[i] >= 0, format, where, ": has the negative stride ", strides[i]);
    if (shape.count() == 0) continue;
    int64_t step = 0;
    GRAFT_CHECK(!__builtin_mul_overflow(shape[i] - 1, strides[i], &step) &&
                    !__builtin_add_overflow(last, step, &last) && last < INT64_MAX,
                format, where, ": its strides lead out of any file");
  }
  return shape.count() == 0 ? 0 : last + 1;
}

}  // namespace graft
