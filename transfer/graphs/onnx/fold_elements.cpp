#include "transfer/graphs/onnx/fold_elements.h"

#include <algorithm>
#include <numeric>

#include "engine/check.h"

namespace graft {

OnnxConstant chosen(const OnnxConstant& x, std::vector<int64_t> dims, const std::vector<int64_t>& from) {
  if (x.whole) {
    std::vector<int64_t> values;
    for (int64_t at : from) values.push_back(x.integers[at]);
    return OnnxConstant::of(std::move(dims), std::move(values));
  }
  std::vector<float> values;
  for (int64_t at : from) values.push_back(x.floats.data[at]);
  return OnnxConstant::of(std::move(dims), std::move(values));
}

OnnxConstant reshaped(OnnxConstant x, std::vector<int64_t> dims) {
  GRAFT_CHECK(count_of(dims) == x.count(), format, "cannot bring ", shape_of(x.dims), " into ",
              shape_of(dims));
  if (!x.whole) x.floats.shape = shape_of(dims);
  x.dims = std::move(dims);
  return x;
}

namespace {

std::vector<int64_t> strides_of(const std::vector<int64_t>& dims) {
  std::vector<int64_t> strides(dims.size(), 1);
  for (size_t i = dims.size(); i-- > 1;) strides[i - 1] = strides[i] * dims[i];
  return strides;
}

// Offsets of all elements of `dims`, row by row, where a step along axis i is strides[i] elements.
std::vector<int64_t> offsets_of(const std::vector<int64_t>& dims, const std::vector<int64_t>& strides) {
  std::vector<int64_t> offsets(static_cast<size_t>(count_of(dims)));
  std::vector<int64_t> at(dims.size(), 0);
  int64_t offset = 0;
  for (int64_t& element : offsets) {
    element = offset;
    for (size_t i = dims.size(); i-- > 0;) {
      offset += strides[i];
      if (++at[i] < dims[i]) break;
      offset -= strides[i] * dims[i];
      at[i] = 0;
    }
  }
  return offsets;
}

std::vector<int64_t> broadcast_sizes(const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
  const size_t rank = std::max(a.size(), b.size());
  std::vector<int64_t> sizes(rank);
  for (size_t i = 0; i < rank; ++i) {
    const int64_t one = i + a.size() < rank ? 1 : a[i + a.size() - rank];
    const int64_t other = i + b.size() < rank ? 1 : b[i + b.size() - rank];
    GRAFT_CHECK(one == other || one == 1 || other == 1, format, "combines ", shape_of(a), " and ",
                shape_of(b));
    sizes[i] = one == 1 ? other : one;
  }
  return sizes;
}

std::vector<int64_t> broadcast_offsets(const std::vector<int64_t>& from, const std::vector<int64_t>& to) {
  std::vector<int64_t> strides(to.size(), 0), own = strides_of(from);
  const size_t ahead = to.size() - from.size();
  for (size_t i = 0; i < from.size(); ++i) strides[i + ahead] = from[i] == 1 ? 0 : own[i];
  return offsets_of(to, strides);
}

int64_t combined(std::string_view op, int64_t a, int64_t b) {
  int64_t result = 0;
  bool overflow = false;
  if (op == "Add")
    overflow = __builtin_add_overflow(a, b, &result);
  else if (op == "Sub")
    overflow = __builtin_sub_overflow(a, b, &result);
  else if (op == "Mul")
    overflow = __builtin_mul_overflow(a, b, &result);
  else {
    GRAFT_CHECK(b != 0 && b != -1, format, "divides ", a, " by ", b);
    result = a / b;
  }
  GRAFT_CHECK(!overflow, format, "computes a number that is too large");
  return result;
}

float combined(std::string_view op, float a, float b) {
  return op == "Add" ? a + b : op == "Sub" ? a - b : op == "Mul" ? a * b : a / b;
}

}  // namespace

OnnxConstant transposed(const OnnxConstant& x, const std::vector<int64_t>& order) {
  GRAFT_CHECK(order.size() == x.dims.size(), format, "has ", order.size(), " axes for ", shape_of(x.dims));
  const std::vector<int64_t> own = strides_of(x.dims);
  std::vector<int64_t> dims, strides;
  std::vector<bool> seen(order.size(), false);
  for (int64_t axis : order) {
    GRAFT_CHECK(axis >= 0 && axis < static_cast<int64_t>(order.size()) && !seen[axis], format,
                "has no permutation of its input's axes");
    seen[axis] = true;
    dims.push_back(x.dims[axis]);
    strides.push_back(own[axis]);
  }
  return chosen(x, dims, offsets_of(dims, strides));
}

int64_t index_within(int64_t index, int64_t size) {
  GRAFT_CHECK(index >= -size && index < size, format, "has index ", index, " where there are ", size);
  return index < 0 ? index + size : index;
}

OnnxConstant joined(const std::vector<const OnnxConstant*>& parts, int64_t axis) {
  std::vector<int64_t> dims = parts[0]->dims;
  dims[axis] = 0;
  for (const OnnxConstant* part : parts) {
    GRAFT_CHECK(part->dims.size() == dims.size() && part->whole == parts[0]->whole, format,
                "joins constants of different kinds");
    for (size_t i = 0; i < dims.size(); ++i)
      GRAFT_CHECK(static_cast<int64_t>(i) == axis || part->dims[i] == dims[i], format, "joins ",
                  shape_of(parts[0]->dims), " and ", shape_of(part->dims));
    dims[axis] += part->dims[axis];
  }
  const int64_t outer = count_of({dims.begin(), dims.begin() + axis});
  std::vector<int64_t> integers;
  std::vector<float> floats;
  for (int64_t i = 0; i < outer; ++i)
    for (const OnnxConstant* part : parts) {
      const int64_t run = part->count() / outer;
      if (part->whole)
        integers.insert(integers.end(), part->integers.begin() + i * run,
                        part->integers.begin() + (i + 1) * run);
      else
        floats.insert(floats.end(), part->floats.data + i * run, part->floats.data + (i + 1) * run);
    }
  return parts[0]->whole ? OnnxConstant::of(dims, std::move(integers))
                         : OnnxConstant::of(dims, std::move(floats));
}

OnnxConstant gathered(const OnnxConstant& x, int64_t axis, const std::vector<int64_t>& indices) {
  std::vector<int64_t> dims = x.dims;
  const int64_t size = dims[axis], outer = count_of({dims.begin(), dims.begin() + axis});
  const int64_t inner = count_of({dims.begin() + axis + 1, dims.end()});
  dims[axis] = static_cast<int64_t>(indices.size());
  GRAFT_CHECK(count_of(dims) <= most_computed_elements, format, "chooses too many elements of a constant");
  std::vector<int64_t> from;
  for (int64_t i = 0; i < outer; ++i)
    for (int64_t index : indices) {
      const int64_t at = index_within(index, size);
      for (int64_t j = 0; j < inner; ++j) from.push_back((i * size + at) * inner + j);
    }
  return chosen(x, std::move(dims), from);
}

OnnxConstant arithmetic(std::string_view op, const OnnxConstant& a, const OnnxConstant& b) {
  const std::vector<int64_t> dims = broadcast_sizes(a.dims, b.dims);
  GRAFT_CHECK(count_of(dims) <= most_computed_elements, format, "computes a constant of sizes ",
              shape_of(dims), "; graft folds small ones only");
  GRAFT_CHECK(a.whole == b.whole, format, "combines whole numbers and floats");
  const std::vector<int64_t> from_a = broadcast_offsets(a.dims, dims),
                             from_b = broadcast_offsets(b.dims, dims);
  std::vector<int64_t> integers;
  std::vector<float> floats;
  for (size_t i = 0; i < from_a.size(); ++i)
    if (a.whole)
      integers.push_back(combined(op, a.integers[from_a[i]], b.integers[from_b[i]]));
    else
      floats.push_back(combined(op, a.floats.data[from_a[i]], b.floats.data[from_b[i]]));
  return a.whole ? OnnxConstant::of(dims, std::move(integers)) : OnnxConstant::of(dims, std::move(floats));
}

}  // namespace graft
