#pragma once

#include <algorithm>

#include "kernels/global_average/global_average.h"
#include "kernels/host_loops.h"
#include "kernels/host_vectors.h"
#include "kernels/reference.h"

namespace graft {

// Some channels of one image. What is known of each of them lies beside its neighbours', so that every loop
// over them is one of vectors.
struct GlobalAverageBlock {
  static constexpr int64_t most = 256;
  int64_t image, first, count;

  // body(block) for all of them, on all threads.
  template <class Body>
  static void for_each(const GlobalAverageProblem& p, const Body& body) {
    const int64_t blocks = (p.c + most - 1) / most;
    for_each_index(p.n * blocks, [&](int64_t i) {
      const int64_t first = i % blocks * most;
      with_widest_vectors([&]() GRAFT_INLINE {
        body(GlobalAverageBlock{i / blocks, first, std::min(most, p.c - first)});
      });
    });
  }
};

template <class T>
class GlobalAverageForwardReference : public Prepared<GlobalAverageForward> {
 public:
  explicit GlobalAverageForwardReference(const GlobalAverageProblem& problem) : p_(problem) {}

  void run(const GlobalAverageForward::Args& args, const RunContext&) override {
    with_constant(p_.activation, [&](auto kind) {
      GlobalAverageBlock::for_each(
          p_, [&](const GlobalAverageBlock& block) GRAFT_INLINE { average(kind, block, args); });
    });
  }

 private:
  template <class Kind>
  GRAFT_INLINE void average(Kind kind, const GlobalAverageBlock& block,
                            const GlobalAverageForward::Args& args) const {
    const int64_t pixels = p_.pixels(), c = p_.c, count = block.count;
    const T* x = args.x.as<T>() + block.image * pixels * c + block.first;
    uint8_t* sides = args.sides.as<uint8_t>() + block.image * p_.bytes_per_channel() * c + block.first;
    T sums[GlobalAverageBlock::most] = {};
    for (int64_t first = 0; first < pixels; first += p_.pixels_per_byte, sides += c) {
      const int64_t last = std::min(first + p_.pixels_per_byte, pixels);
      int32_t bits[GlobalAverageBlock::most] = {};
      for (int64_t pixel = first; pixel < last; ++pixel) {
        const T* from = x + pixel * c;
        const int32_t bit = 1 << (pixel - first);
        for (int64_t k = 0; k < count; ++k) {
          sums[k] += from[k];
          bits[k] |= passes<T>(kind, from[k]) ? bit : 0;
        }
      }
      for (int64_t k = 0; k < count; ++k) sides[k] = static_cast<uint8_t>(bits[k]);
    }
    T* y = args.y.as<T>() + block.image * c + block.first;
    for (int64_t k = 0; k < count; ++k) y[k] = sums[k] / static_cast<T>(pixels);
  }

  GlobalAverageProblem p_;
};

template <class T>
class GlobalAverageBackwardReference : public Prepared<GlobalAverageBackward> {
 public:
  explicit GlobalAverageBackwardReference(const GlobalAverageProblem& problem) : p_(problem) {}

  void run(const GlobalAverageBackward::Args& args, const RunContext&) override {
    GlobalAverageBlock::for_each(p_,
                                 [&](const GlobalAverageBlock& block) GRAFT_INLINE { spread(block, args); });
    if (p_.dbias) sum(args);
  }

 private:
  Activation side() const { return of_side(p_.activation); }

  GRAFT_INLINE void spread(const GlobalAverageBlock& block, const GlobalAverageBackward::Args& args) const {
    const int64_t pixels = p_.pixels(), c = p_.c, count = block.count;
    const T* dy = args.dy.as<T>() + block.image * c + block.first;
    const uint8_t* sides = args.sides.as<uint8_t>() + block.image * p_.bytes_per_channel() * c + block.first;
    T* dx = args.dx.as<T>() + block.image * pixels * c + block.first;
    T passes[GlobalAverageBlock::most], stops[GlobalAverageBlock::most];
    for (int64_t k = 0; k < count; ++k) {
      passes[k] = dy[k] / static_cast<T>(pixels);
      stops[k] = side_gradient(side(), T(0), passes[k]);
    }
    for (int64_t pixel = 0; pixel < pixels; ++pixel) {
      const uint8_t* from = sides + pixel / p_.pixels_per_byte * c;
      T* to = dx + pixel * c;
      const int32_t bit = 1 << pixel % p_.pixels_per_byte;
#pragma GCC ivdep
      for (int64_t k = 0; k < count; ++k) to[k] = from[k] & bit ? passes[k] : stops[k];
    }
  }

  // From the bits alone.
  void sum(const GlobalAverageBackward::Args& args) const {
    for_each_block(p_.c, GlobalAverageBlock::most, [&](int64_t begin, int64_t end) {
      double sums[GlobalAverageBlock::most] = {};
      with_widest_vectors([&]() GRAFT_INLINE {
        for (int64_t image = 0; image < p_.n; ++image) add_image({image, begin, end - begin}, args, sums);
      });
      for (int64_t k = begin; k < end; ++k)
        args.dbias.as<T>()[k] = static_cast<T>(sums[k - begin] / double(p_.pixels()));
    });
  }
  GRAFT_INLINE void add_image(const GlobalAverageBlock& block, const GlobalAverageBackward::Args& args,
                              double* sums) const {
    const int64_t bytes = p_.bytes_per_channel(), c = p_.c, count = block.count;
    const uint8_t* sides = args.sides.as<uint8_t>() + block.image * bytes * c + block.first;
    const T* dy = args.dy.as<T>() + block.image * c + block.first;
    int32_t passing[GlobalAverageBlock::most] = {};
    for (int64_t byte = 0; byte < bytes; ++byte, sides += c)
      for (int64_t k = 0; k < count; ++k)
        for (int bit = 0; bit < p_.pixels_per_byte; ++bit) passing[k] += sides[k] >> bit & 1;
    const double pixels = double(p_.pixels()), stopped = side_gradient(side(), 0.0, 1.0);
    for (int64_t k = 0; k < count; ++k) {
      const double whole = passing[k] + stopped * (pixels - passing[k]);
      sums[k] += whole == 0 ? 0 : whole * double(dy[k]);  // an infinite dy that nowhere passes adds nothing
    }
  }

  GlobalAverageProblem p_;
};

}  // namespace graft
