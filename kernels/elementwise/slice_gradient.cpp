#include "kernels/elementwise/slice_gradient.h"

#include <algorithm>

#include "kernels/elementwise/slice_gradient_kernels.h"
#include "kernels/host_loops.h"
#include "kernels/reference.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const SliceGradientProblem& p) {
  return out << p.rows << "x" << p.c << " channels " << p.first << " + " << p.count << " "
             << name_of(p.dtype);
}

namespace {

template <class T>
class SliceGradientReference : public Prepared<SliceGradient> {
 public:
  explicit SliceGradientReference(const SliceGradientProblem& problem) : p_(problem) {}

  void run(const SliceGradient::Args& args, const RunContext&) override {
    const T* dy = args.dy.as<T>();
    T* dx = args.dx.as<T>();
    for_each_block(p_.rows, 64, [&](int64_t begin, int64_t end) {
      std::fill(dx + begin * p_.c, dx + end * p_.c, T{});
      for (int64_t row = begin; row < end; ++row)
        std::copy_n(dy + row * p_.count, p_.count, dx + row * p_.c + p_.first);
    });
  }

 private:
  SliceGradientProblem p_;
};

constexpr Implementation<SliceGradient> list[] = {
    GRAFT_KERNEL_ENTRIES("simt", SliceGradient, slice_gradient_simt, no_scratch<SliceGradient>,
                         (also_bfloat16<SliceGradient, refuse_other_than_float32<SliceGradient>>)),
    reference_entry<SliceGradient, SliceGradientReference, float>(DeviceKind::cpu),
    reference_entry<SliceGradient, SliceGradientReference, bfloat16>(DeviceKind::cpu),
    reference_entry<SliceGradient, SliceGradientReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<SliceGradient>> implementations() {
  return list;
}

}  // namespace graft
