#pragma once

#include <algorithm>

#include "kernels/elementwise/elementwise.h"
#include "kernels/host_loops.h"
#include "kernels/host_vectors.h"
#include "kernels/reference.h"

namespace graft {

template <class T>
class AddReference : public Prepared<Add> {
 public:
  explicit AddReference(const AddProblem& problem) : p_(problem) {}

  void run(const Add::Args& args, const RunContext&) override {
    const T* a = args.a.as<T>();
    const T* b = args.b.as<T>();
    T* y = args.y.as<T>();
    with_constant(p_.activation, [&](auto kind) {
      for_each_block(p_.count, elements_per_block, [&](int64_t begin, int64_t end) {
        with_widest_vectors([&]() GRAFT_INLINE {
          for (int64_t i = begin; i < end; ++i) y[i] = activate<T>(kind, a[i] + b[i]);
        });
      });
    });
  }

 private:
  AddProblem p_;
};

template <class T>
class CopyReference : public Prepared<Copy> {
 public:
  explicit CopyReference(const CopyProblem& problem) : p_(problem) {}

  void run(const Copy::Args& args, const RunContext&) override {
    const T* x = args.x.as<T>();
    T* y = args.y.as<T>();
    const int64_t from = row_stride(args.x, p_.c), to = row_stride(args.y, p_.c);
    const int64_t block = std::max<int64_t>(1, elements_per_block / std::max<int64_t>(p_.c, 1));
    for_each_block(p_.pixels, block, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) std::copy_n(x + i * from, p_.c, y + i * to);
    });
  }

 private:
  CopyProblem p_;
};

}  // namespace graft
