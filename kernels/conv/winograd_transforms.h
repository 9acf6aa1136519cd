#pragma once

#include "kernels/host_vectors.h"

namespace graft::winograd {

// F(4x4, 3x3) of Winograd ("Arithmetic Complexity of Computations", 1980; for convolutions Lavin and Gray,
// 2015): 4x4 outputs of a 3x3 filter from 36 products instead of 144. Polynomials are evaluated at 0, +-a,
// +-b and infinity. With a = 2/3 and b = 3/2 the error is a third of what the customary 1 and 2 give, about
// twice a plain float sum's (ab = 1 spares a few factors as well).
constexpr int filter_side = 3, output_side = 4, input_side = output_side + filter_side - 1;
constexpr int taps = filter_side * filter_side, places = input_side * input_side;

constexpr float a = 2.0f / 3, b = 3.0f / 2;
constexpr float a2 = a * a, b2 = b * b, a3 = a2 * a, b3 = b2 * b;
constexpr float of_a = 1 / (2 * a2 * (a2 - b2)),
                of_b = 1 / (2 * b2 * (b2 - a2));  // in the filter's transform

// What a polynomial is at a point and at its negative, from its even and odd part.
template <class Value>
GRAFT_INLINE inline void at_both(const Value& even, const Value& odd, Value& at, Value& at_negative) {
  at = even + odd;
  at_negative = even - odd;
}

// Each along one side; Value is a float or a vector of them.
struct Input {
  static constexpr int from = input_side, to = input_side;
  template <class Value>
  GRAFT_INLINE static void apply(const Value (&d)[from], Value (&v)[to]) {
    v[0] = d[0] + d[4] - (a2 + b2) * d[2];
    at_both<Value>(d[4] - b2 * d[2], a * (d[3] - b2 * d[1]), v[1], v[2]);
    at_both<Value>(d[4] - a2 * d[2], b * (d[3] - a2 * d[1]), v[3], v[4]);
    v[5] = d[1] + d[5] - (a2 + b2) * d[3];
  }
};

struct Filter {
  static constexpr int from = filter_side, to = input_side;
  template <class Value>
  GRAFT_INLINE static void apply(const Value (&w)[from], Value (&u)[to]) {
    u[0] = w[0];
    at_both<Value>(of_a * (w[0] + a2 * w[2]), (of_a * a) * w[1], u[1], u[2]);
    at_both<Value>(of_b * (w[0] + b2 * w[2]), (of_b * b) * w[1], u[3], u[4]);
    u[5] = w[2];
  }
};

struct Output {
  static constexpr int from = input_side, to = output_side;
  template <class Value>
  GRAFT_INLINE static void apply(const Value (&m)[from], Value (&y)[to]) {
    const Value even_a = m[1] + m[2], odd_a = m[1] - m[2], even_b = m[3] + m[4], odd_b = m[3] - m[4];
    y[0] = m[0] + even_a + even_b;
    y[1] = a * odd_a + b * odd_b;
    y[2] = a2 * even_a + b2 * even_b;
    y[3] = a3 * odd_a + b3 * odd_b + m[5];
  }
};

// Transposed: what the gradient of an output, and of a transformed filter, goes through.
struct OutputGradient {
  static constexpr int from = output_side, to = input_side;
  template <class Value>
  GRAFT_INLINE static void apply(const Value (&y)[from], Value (&m)[to]) {
    m[0] = y[0];
    at_both<Value>(y[0] + a2 * y[2], a * y[1] + a3 * y[3], m[1], m[2]);
    at_both<Value>(y[0] + b2 * y[2], b * y[1] + b3 * y[3], m[3], m[4]);
    m[5] = y[3];
  }
};

struct FilterGradient {
  static constexpr int from = input_side, to = filter_side;
  template <class Value>
  GRAFT_INLINE static void apply(const Value (&u)[from], Value (&w)[to]) {
    const Value even_a = of_a * (u[1] + u[2]), odd_a = (of_a * a) * (u[1] - u[2]);
    const Value even_b = of_b * (u[3] + u[4]), odd_b = (of_b * b) * (u[3] - u[4]);
    w[0] = u[0] + even_a + even_b;
    w[1] = odd_a + odd_b;
    w[2] = a2 * even_a + b2 * even_b + u[5];
  }
};

// Along both sides, columns first.
template <class Transform, class Value>
GRAFT_INLINE inline void transform(const Value (&in)[Transform::from][Transform::from],
                                   Value (&out)[Transform::to][Transform::to]) {
  Value half[Transform::to][Transform::from];
#pragma GCC unroll 6
  for (int x = 0; x < Transform::from; ++x) {
    Value column[Transform::from], transformed[Transform::to];
#pragma GCC unroll 6
    for (int y = 0; y < Transform::from; ++y) column[y] = in[y][x];
    Transform::apply(column, transformed);
#pragma GCC unroll 6
    for (int y = 0; y < Transform::to; ++y) half[y][x] = transformed[y];
  }
#pragma GCC unroll 6
  for (int y = 0; y < Transform::to; ++y) Transform::apply(half[y], out[y]);
}

}  // namespace graft::winograd
