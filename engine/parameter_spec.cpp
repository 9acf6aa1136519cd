#include "engine/parameter_spec.h"

namespace graft {

Shape packed_shape(const ParameterSpec& spec) {
  const Shape& s = spec.shape;
  return spec.role == ParameterRole::convolution_weight ? Shape{s[0], s[2], s[3], s[1]} : s;
}

namespace {

// Whether the packed order differs, and the published tensor as outputs, channels, pixels.
bool reorders(const ParameterSpec& spec) {
  return spec.role == ParameterRole::convolution_weight || spec.flattened.rank() == 3;
}

// Calls visit(published index, packed index): channels move behind the pixels.
template <class Visit>
void for_each_weight(const ParameterSpec& spec, Visit visit) {
  const bool dense = spec.flattened.rank() == 3;
  const Shape& oihw = spec.shape;
  const int64_t inputs = dense ? spec.flattened[0] : oihw[1];
  const int64_t pixels = dense ? spec.flattened[1] * spec.flattened[2] : oihw[2] * oihw[3];
  int64_t packed = 0;
  for (int64_t o = 0; o < spec.shape[0]; ++o)
    for (int64_t pixel = 0; pixel < pixels; ++pixel)
      for (int64_t i = 0; i < inputs; ++i) visit((o * inputs + i) * pixels + pixel, packed++);
}

}  // namespace

template <class T>
void pack_parameter(const ParameterSpec& spec, const float* published, T* packed) {
  if (reorders(spec))
    for_each_weight(spec, [&](int64_t from, int64_t to) { packed[to] = published[from]; });
  else
    for (int64_t i = 0, n = spec.shape.count(); i < n; ++i) packed[i] = published[i];
}

template <class T>
void unpack_parameter(const ParameterSpec& spec, const T* packed, float* published) {
  if (reorders(spec))
    for_each_weight(spec,
                    [&](int64_t to, int64_t from) { published[to] = static_cast<float>(packed[from]); });
  else
    for (int64_t i = 0, n = spec.shape.count(); i < n; ++i) published[i] = static_cast<float>(packed[i]);
}

template void pack_parameter(const ParameterSpec&, const float*, float*);
template void pack_parameter(const ParameterSpec&, const float*, double*);
template void unpack_parameter(const ParameterSpec&, const float*, float*);
template void unpack_parameter(const ParameterSpec&, const double*, float*);

}  // namespace graft
