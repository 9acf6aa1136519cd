#pragma once

#include <algorithm>
#include <type_traits>

#include "kernels/host_loops.h"
#include "kernels/host_vectors.h"
#include "kernels/pool/pool.h"
#include "kernels/reference.h"

namespace graft {

template <class Op, class T>
std::string refuse_pool(const PoolProblem& problem, const DeviceProperties& device) {
  if (problem.kind == PoolKind::max && problem.adaptive) return "adaptive max pooling is not offered";
  const bool has_places = std::is_same_v<Op, PoolBackward> || problem.saves_places;
  if (problem.kind == PoolKind::max && has_places && problem.r * problem.s > 256)
    return "a place must fit into one byte";
  return refuse_other_types<Op, T>(problem, device);
}

// One output's window: clipped to the input, and what an average divides by.
struct ClippedWindow {
  PoolWindow rows, columns;  // inside the input
  PoolWindow full_rows, full_columns;
  int64_t divisor;

  ClippedWindow(const PoolProblem& p, int64_t i, int64_t j)
      : full_rows(p.rows(i)), full_columns(p.columns(j)) {
    rows = {std::max<int64_t>(full_rows.begin, 0), std::min(full_rows.end, p.h)};
    columns = {std::max<int64_t>(full_columns.begin, 0), std::min(full_columns.end, p.w)};
    divisor = std::max<int64_t>(rows.end - rows.begin, 0) * std::max<int64_t>(columns.end - columns.begin, 0);
    if (p.count_padding && !p.adaptive && p.kind == PoolKind::average)
      divisor = (std::min(full_rows.end, p.h + p.pad_bottom) - full_rows.begin) *
                (std::min(full_columns.end, p.w + p.pad_right) - full_columns.begin);
  }
};

template <class T>
class PoolForwardReference : public Prepared<PoolForward> {
 public:
  explicit PoolForwardReference(const PoolProblem& problem) : p_(problem) {}

  void run(const PoolForward::Args& args, const RunContext&) override {
    const T* x = args.x.as<T>();
    T* y = args.y.as<T>();
    const int64_t pitch = row_stride(args.y, p_.c);
    uint8_t* places = p_.saves_places ? args.places.as<uint8_t>() : nullptr;
    // Channels too, so that global pooling of one image has more than one piece of work.
    constexpr int64_t block = 256;
    const int64_t blocks = (p_.c + block - 1) / block;
    for_each_index(p_.n * p_.p * p_.q * blocks, [&](int64_t i) {
      const int64_t pixel = i / blocks, first = i % blocks * block, count = std::min(block, p_.c - first);
      const ClippedWindow window(p_, pixel / p_.q % p_.p, pixel % p_.q);
      const T* image = x + pixel / (p_.p * p_.q) * p_.h * p_.w * p_.c + first;
      T* out = y + pixel * pitch + first;
      if (p_.kind == PoolKind::average)
        average(window, image, count, out);
      else
        largest(window, image, count, out, places ? places + pixel * p_.c + first : nullptr);
    });
  }

 private:
  void average(const ClippedWindow& window, const T* image, int64_t count, T* out) const {
    std::fill_n(out, count, T(0));
    for (int64_t h = window.rows.begin; h < window.rows.end; ++h)
      for (int64_t w = window.columns.begin; w < window.columns.end; ++w) {
        const T* x = image + (h * p_.w + w) * p_.c;
        for (int64_t c = 0; c < count; ++c) out[c] += x[c];
      }
    const T factor = static_cast<T>(std::max<int64_t>(window.divisor, 1));
    for (int64_t c = 0; c < count; ++c) out[c] /= factor;
  }

  void largest(const ClippedWindow& window, const T* image, int64_t count, T* out, uint8_t* places) const {
    if (window.divisor == 0) {
      std::fill_n(out, count, T(0));
      if (places) std::fill_n(places, count, uint8_t{0});
      return;
    }
    with_vectors([&]<int bytes>(VectorBytes<bytes>) GRAFT_INLINE {
      int64_t c = largest_channels<bytes>(window, image, 0, count, out, places);
      if constexpr (bytes > 16) c = largest_channels<16>(window, image, c, count, out, places);
      largest_channels<sizeof(T)>(window, image, c, count, out, places);
    });
  }

  // The largest and its place stay in registers while the window is walked, for as many channels as fit into
  // `bytes`. Returns the first channel that is left.
  template <int bytes>
  GRAFT_INLINE int64_t largest_channels(const ClippedWindow& window, const T* image, int64_t c, int64_t count,
                                        T* out, uint8_t* places) const {
    using Vector = typename HostVector<T, bytes>::type;
    using Places = decltype(Vector{} > Vector{});
    using Place = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
    constexpr int64_t width = bytes / static_cast<int64_t>(sizeof(T));
    const auto pixel = [&](int64_t h, int64_t w) GRAFT_INLINE {
      return reinterpret_cast<const Vector*>(image + (h * p_.w + w) * p_.c + c);
    };
    const auto place_of = [&](int64_t h, int64_t w) GRAFT_INLINE {
      return static_cast<Place>((h - window.full_rows.begin) * p_.s + w - window.full_columns.begin);
    };
    for (; c + width <= count; c += width) {
      Vector best = *pixel(window.rows.begin, window.columns.begin);
      Places place = Places{} + place_of(window.rows.begin, window.columns.begin);
      for (int64_t h = window.rows.begin; h < window.rows.end; ++h)
        for (int64_t w = window.columns.begin; w < window.columns.end; ++w) {
          const Vector x = *pixel(h, w);
          const Places larger = x > best;
          best = larger ? x : best;
          place = larger ? Places{} + place_of(h, w) : place;
        }
      *reinterpret_cast<Vector*>(out + c) = best;
      for (int64_t i = 0; places && i < width; ++i) places[c + i] = static_cast<uint8_t>(place[i]);
    }
    return c;
  }

  PoolProblem p_;
};

template <class T>
class PoolBackwardReference : public Prepared<PoolBackward> {
 public:
  explicit PoolBackwardReference(const PoolProblem& problem) : p_(problem) {}

  void run(const PoolBackward::Args& args, const RunContext&) override {
    if (p_.kind == PoolKind::max) return gather(args);
    const T* dy = args.dy.as<T>();
    T* dx = args.dx.as<T>();
    // Windows overlap along rows and columns only: an image's channels are independent.
    constexpr int64_t block = 64;
    const int64_t blocks = (p_.c + block - 1) / block, in = p_.h * p_.w * p_.c, out = p_.p * p_.q * p_.c;
    for_each_index(p_.n * blocks, [&](int64_t i) {
      const int64_t n = i / blocks, first = i % blocks * block, count = std::min(block, p_.c - first);
      T* image = dx + n * in + first;
      for (int64_t pixel = 0; pixel < p_.h * p_.w; ++pixel) std::fill_n(image + pixel * p_.c, count, T(0));
      for (int64_t pixel = 0; pixel < p_.p * p_.q; ++pixel)
        spread(ClippedWindow(p_, pixel / p_.q, pixel % p_.q), dy + n * out + pixel * p_.c + first, count,
               image);
    });
  }

 private:
  // Outputs whose windows hold an input, along one axis.
  static PoolWindow outputs_of(int64_t input, int64_t size, int64_t stride, int64_t pad, int64_t outputs) {
    const int64_t padded = input + pad;
    return {std::max<int64_t>(padded - size + stride, 0) / stride, std::min(padded / stride + 1, outputs)};
  }

  // An input takes the gradients of those windows that chose it.
  void gather(const PoolBackward::Args& args) const {
    for_each_index(p_.n * p_.h, [&](int64_t i) {
      const int64_t n = i / p_.h, h = i % p_.h, image = n * p_.p * p_.q;
      const PoolWindow rows = outputs_of(h, p_.r, p_.stride_h, p_.pad_top, p_.p);
      for (int64_t w = 0; w < p_.w; ++w) {
        const PoolWindow columns = outputs_of(w, p_.s, p_.stride_w, p_.pad_left, p_.q);
        T* dx = args.dx.as<T>() + (i * p_.w + w) * p_.c;
        std::fill_n(dx, p_.c, T(0));
        for (int64_t row = rows.begin; row < rows.end; ++row)
          for (int64_t column = columns.begin; column < columns.end; ++column) {
            const int64_t at = (image + row * p_.q + column) * p_.c;
            const int64_t place = (h - p_.rows(row).begin) * p_.s + w - p_.columns(column).begin;
            add_chosen(static_cast<uint8_t>(place), args.places.as<uint8_t>() + at, args.dy.as<T>() + at, dx);
          }
      }
    });
  }

  void add_chosen(uint8_t place, const uint8_t* places, const T* dy, T* dx) const {
    with_widest_vectors([=, count = p_.c]() GRAFT_INLINE {
#pragma GCC ivdep
      for (int64_t c = 0; c < count; ++c) {
        const T gradient = dy[c];
        dx[c] += places[c] == place ? gradient : T(0);
      }
    });
  }

  void spread(const ClippedWindow& window, const T* dy, int64_t count, T* image) const {
    const T divisor = static_cast<T>(std::max<int64_t>(window.divisor, 1));
    for (int64_t h = window.rows.begin; h < window.rows.end; ++h)
      for (int64_t w = window.columns.begin; w < window.columns.end; ++w) {
        T* dx = image + (h * p_.w + w) * p_.c;
        for (int64_t c = 0; c < count; ++c) dx[c] += dy[c] / divisor;
      }
  }

  PoolProblem p_;
};

}  // namespace graft
