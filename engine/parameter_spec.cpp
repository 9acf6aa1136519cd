#include "engine/parameter_spec.h"

namespace graft {

Shape packed_shape(const ParameterSpec& spec) {
  const Shape& s = spec.shape;
  return spec.role == ParameterRole::convolution_weight ? Shape{s[0], s[2], s[3], s[1]} : s;
}

namespace {

// Calls visit(index in O,I,H,W, index in K,R,S,C).
template <class Visit>
void for_each_weight(const Shape& oihw, Visit visit) {
  const int64_t inputs = oihw[1], pixels = oihw[2] * oihw[3];
  int64_t packed = 0;
  for (int64_t o = 0; o < oihw[0]; ++o)
    for (int64_t pixel = 0; pixel < pixels; ++pixel)
      for (int64_t i = 0; i < inputs; ++i) visit((o * inputs + i) * pixels + pixel, packed++);
}

}  // namespace

template <class T>
void pack_parameter(const ParameterSpec& spec, const float* published, T* packed) {
  if (spec.role == ParameterRole::convolution_weight)
    for_each_weight(spec.shape, [&](int64_t from, int64_t to) { packed[to] = published[from]; });
  else
    for (int64_t i = 0, n = spec.shape.count(); i < n; ++i) packed[i] = published[i];
}

template <class T>
void unpack_parameter(const ParameterSpec& spec, const T* packed, float* published) {
  if (spec.role == ParameterRole::convolution_weight)
    for_each_weight(spec.shape,
                    [&](int64_t to, int64_t from) { published[to] = static_cast<float>(packed[from]); });
  else
    for (int64_t i = 0, n = spec.shape.count(); i < n; ++i) published[i] = static_cast<float>(packed[i]);
}

template void pack_parameter(const ParameterSpec&, const float*, float*);
template void pack_parameter(const ParameterSpec&, const float*, double*);
template void unpack_parameter(const ParameterSpec&, const float*, float*);
template void unpack_parameter(const ParameterSpec&, const double*, float*);

}  // namespace graft
