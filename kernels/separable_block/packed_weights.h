#pragma once

#include <algorithm>

#include "engine/half.h"
#include "kernels/separable_block/strips.h"

namespace graft::separable_block {

// A block's filters and biases as the three convolutions go through them, zeros where its channels fill no
// block. Biases and the depthwise filters are floats; Products says how it wants dense ones.
template <class Products>
class PackedWeights {
 public:
  using T = typename Products::Element;

  explicit PackedWeights(const SeparableBlockProblem& p)
      : p_(p),
        depthwise_at_(whole_blocks(p.expand.k)),
        project_bias_at_(depthwise_at_ + depthwise_rows() * whole_blocks(p.expand.k)),
        floats_(project_bias_at_ + whole_blocks(p.project.k)),
        project_at_(Products::packed_size(p.expand.k, patch_size(p.expand))),
        numbers_(project_at_ + Products::packed_size(p.project.k, p.project.c)) {}

  size_t bytes() const { return floats_ * sizeof(float) + numbers_ * sizeof(T); }
  void pack(const SeparableBlock::Args& args, void* memory) {
    memory_ = memory;
    pack_bias(p_.expand, args.expand_bias, floats());
    pack_bias(p_.project, args.project_bias, floats() + project_bias_at_);
    Products::pack(args.expand_w.as<T>(), p_.expand.k, patch_size(p_.expand), numbers());
    Products::pack(args.project_w.as<T>(), p_.project.k, p_.project.c, numbers() + project_at_);
    p_.depthwise.wide_w ? pack_depthwise(args.depthwise_w.as<float>(), args.depthwise_bias)
                        : pack_depthwise(args.depthwise_w.as<T>(), args.depthwise_bias);
  }

  // Of the block of expanded channels from c on.
  const float* expand_bias(int64_t c) const { return floats() + c; }
  const T* expand(int64_t c) const {
    return numbers() + c / block * Products::packed_size(block, patch_size(p_.expand));
  }
  // [taps + 1][32]: the last is the bias.
  const float* depthwise(int64_t c) const { return floats() + depthwise_at_ + c * depthwise_rows(); }

  const float* project_bias() const { return floats() + project_bias_at_; }
  const T* project() const { return numbers() + project_at_; }

 private:
  float* floats() const { return static_cast<float*>(memory_); }
  T* numbers() const { return reinterpret_cast<T*>(floats() + floats_); }
  int64_t depthwise_rows() const { return p_.depthwise.r * p_.depthwise.s + 1; }

  static void pack_bias(const ConvProblem& p, const TensorView& bias, float* to) {
    std::fill_n(to, whole_blocks(p.k), 0.0f);
    if (p.bias) std::copy_n(bias.as<float>(), p.k, to);
  }

  static float to_float(float value) { return value; }
  static float to_float(bfloat16 value) { return graft::to_float(value); }
  template <class Weight>
  void pack_depthwise(const Weight* w, const TensorView& bias) const {
    const ConvProblem& p = p_.depthwise;
    const int64_t rows = depthwise_rows(), taps = rows - 1;
    std::fill_n(floats() + depthwise_at_, rows * whole_blocks(p.k), 0.0f);
    for (int64_t k = 0; k < p.k; ++k) {
      float* to = floats() + depthwise_at_ + k / block * rows * block + k % block;
      for (int64_t tap = 0; tap < taps; ++tap) to[tap * block] = to_float(w[k * taps + tap]);
      if (p.bias) to[taps * block] = bias.as<float>()[k];
    }
  }

  SeparableBlockProblem p_;
  int64_t depthwise_at_, project_bias_at_, floats_;  // among the floats, and how many those are
  int64_t project_at_, numbers_;                     // behind them
  void* memory_ = nullptr;
};

}  // namespace graft::separable_block
