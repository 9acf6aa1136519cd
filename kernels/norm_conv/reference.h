#pragma once

#include "kernels/batch_norm/reference.h"
#include "kernels/conv/reference.h"
#include "kernels/norm_conv/norm_conv.h"

namespace graft {

template <class T>
std::string refuse_norm_conv(const NormConvProblem& problem, const DeviceProperties& device) {
  return refuse_batch_norm<BatchNormForward, T>(problem.norm(), device);
}

template <std::string (*refuse)(const NormConvProblem&, const DeviceProperties&)>
std::string refuse_norm_conv_backward(const NormConvBackward::Problem& problem,
                                      const DeviceProperties& device) {
  return refuse(problem, device);
}

// The references of the two layers, one after the other, and the map between in scratch memory.

template <class T>
size_t normed_bytes(const NormConvProblem& p) {
  return static_cast<size_t>(p.norm().rows * p.conv.c) * sizeof(T);
}

inline TensorView in_scratch(const TensorView& like, void* memory) {
  return view_of(memory, like.shape, like.dtype);
}

template <class T>
class NormConvForwardReference : public Prepared<NormConvForward> {
 public:
  explicit NormConvForwardReference(const NormConvProblem& problem)
      : p_(problem), norm_(problem.norm()), conv_(problem.convolution()) {}

  size_t scratch_bytes() const override {
    return normed_bytes<T>(p_) + std::max(norm_.scratch_bytes(), conv_.scratch_bytes());
  }

  void run(const NormConvForward::Args& args, const RunContext& context) override {
    BatchNormForward::Args norm = norm_operands(args);
    norm.y = in_scratch(args.x, context.scratch);
    RunContext rest = context;
    rest.scratch = static_cast<std::byte*>(context.scratch) + normed_bytes<T>(p_);
    norm_.run(norm, rest);
    conv_.run({norm.y, args.w, {}, {}, args.y}, rest);
  }

 private:
  NormConvProblem p_;
  BatchNormForwardReference<T> norm_;
  ConvForwardReference<T> conv_;
};

template <class T>
class NormConvBackwardReference : public Prepared<NormConvBackward> {
 public:
  explicit NormConvBackwardReference(const NormConvProblem& problem)
      : p_(problem), norm_(problem.norm()), data_(problem.convolution()), weights_(problem.convolution()) {}

  size_t scratch_bytes() const override {
    return 2 * normed_bytes<T>(p_) + 2 * p_.conv.c * sizeof(T) +
           std::max({norm_.scratch_bytes(), data_.scratch_bytes(), weights_.scratch_bytes()});
  }

  void run(const NormConvBackward::Args& args, const RunContext& context) override {
    std::byte* memory = static_cast<std::byte*>(context.scratch);
    const TensorView normed = in_scratch(args.x, memory),
                     gradient = in_scratch(args.x, memory + normed_bytes<T>(p_));
    T* factor = reinterpret_cast<T*>(memory + 2 * normed_bytes<T>(p_));
    RunContext rest = context;
    rest.scratch = factor + 2 * p_.conv.c;
    fold_statistics(p_.norm(), norm_operands(args), factor, factor + p_.conv.c);
    normalise_rows(p_.norm(), args.x.as<T>(), p_.conv.c, factor, normed.as<T>());
    weights_.run({normed, args.dy, args.dw, {}}, rest);
    data_.run({args.dy, args.w, gradient}, rest);
    norm_.run(norm_operands(args, gradient), rest);
  }

 private:
  NormConvProblem p_;
  BatchNormBackwardReference<T> norm_;
  ConvBackwardDataReference<T> data_;
  ConvBackwardWeightsReference<T> weights_;
};

}  // namespace graft
