#pragma once

#include <algorithm>

#include "kernels/amx_products.h"
#include "kernels/separable_block/strips.h"

namespace graft::separable_block {

// A block's filters and biases as the three convolutions go through them, zeros where its channels fill no
// block. Biases and the depthwise filters are floats.
class PackedWeights {
 public:
  explicit PackedWeights(const SeparableBlockProblem& p)
      : p_(p),
        depths_(ceil_divide(patch_size(p.expand), amx::depth)),
        depthwise_at_(whole_blocks(p.expand.k)),
        project_bias_at_(depthwise_at_ + depthwise_rows() * whole_blocks(p.expand.k)),
        floats_(project_bias_at_ + whole_blocks(p.project.k)),
        project_at_(amx::packed_size(p.expand.k, patch_size(p.expand))),
        halves_(project_at_ + amx::packed_size(p.project.k, p.project.c)) {}

  size_t bytes() const { return floats_ * sizeof(float) + halves_ * sizeof(bfloat16); }
  void pack(const SeparableBlock::Args& args, void* memory) {
    memory_ = memory;
    pack_bias(p_.expand, args.expand_bias, floats());
    pack_bias(p_.project, args.project_bias, floats() + project_bias_at_);
    amx::pack(args.expand_w.as<bfloat16>(), p_.expand.k, patch_size(p_.expand), halves());
    amx::pack(args.project_w.as<bfloat16>(), p_.project.k, p_.project.c, halves() + project_at_);
    p_.depthwise.wide_w ? pack_depthwise(args.depthwise_w.as<float>(), args.depthwise_bias)
                        : pack_depthwise(args.depthwise_w.as<bfloat16>(), args.depthwise_bias);
  }

  // Of the block of expanded channels from c on.
  const float* expand_bias(int64_t c) const { return floats() + c; }
  const bfloat16* expand(int64_t c) const { return halves() + c * depths_ * amx::depth; }
  // [taps + 1][32]: the last is the bias.
  const float* depthwise(int64_t c) const { return floats() + depthwise_at_ + c * depthwise_rows(); }

  const float* project_bias() const { return floats() + project_bias_at_; }
  const bfloat16* project() const { return halves() + project_at_; }

  int64_t depths() const { return depths_; }  // of the expansion

 private:
  float* floats() const { return static_cast<float*>(memory_); }
  bfloat16* halves() const { return reinterpret_cast<bfloat16*>(floats() + floats_); }
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
  int64_t depths_;
  int64_t depthwise_at_, project_bias_at_, floats_;  // among the floats, and how many those are
  int64_t project_at_, halves_;                      // behind them
  void* memory_ = nullptr;
};

}  // namespace graft::separable_block
