#pragma once

#include "kernels/host_loops.h"
#include "kernels/separable_block/depthwise.h"
#include "kernels/separable_block/division.h"
#include "kernels/separable_block/outputs.h"
#include "kernels/separable_block/packed_weights.h"

namespace graft::separable_block {

// Strip by strip, with a processor that has AVX-512. Products is how the dense convolutions multiply.
template <class Products>
class HostBlock : public Prepared<SeparableBlock> {
  using T = typename Products::Element;
  static constexpr size_t page = 4096;

 public:
  HostBlock(const SeparableBlockProblem& problem, Device& device)
      : p_(problem),
        device_(device),
        division_(
            divide(problem, device.properties().threads, Strips(problem, 1, Products::needs).of_image())),
        strips_(problem, division_.strips_of_image, Products::needs),
        threads_(division_.by_channels ? device.properties().threads
                                       : std::min<int64_t>(device.properties().threads, strips_.count())),
        weights_(problem) {}

  size_t scratch_bytes() const override {
    return threads_ * bytes_of_thread() + (division_.by_channels ? strips_.bytes() : 0);
  }
  size_t kept_bytes() const override { return weights_.bytes(); }

  bool keep_constants(const SeparableBlock::Args& args, const RunContext&) override {
    kept_ = Buffer(device_, weights_.bytes());
    weights_.pack(args, kept_.data());
    return true;
  }

  void run(const SeparableBlock::Args& args, const RunContext& context) override {
    auto* memory = static_cast<std::byte*>(context.scratch);
    const int64_t count = strips_.count();
    if (division_.by_channels)
      for (int64_t i = 0; i < count; ++i) run_together(strips_.strip(i), args, memory);
    else
      for_each_index(threads_, [&](int64_t thread) {
        for (int64_t i = count * thread / threads_; i < count * (thread + 1) / threads_; ++i)
          run_alone(strips_.strip(i), args, of_thread(memory, thread));
      });
  }

 private:
  // A thread's expanded rows, and its strip where it has one of its own; and a page in front, so that what a
  // core fetches ahead is none of its neighbour's.
  size_t bytes_of_thread() const {
    return page + strips_.expanded_bytes() + (division_.by_channels ? 0 : strips_.bytes());
  }
  std::byte* of_thread(std::byte* memory, int64_t thread) const {
    return memory + thread * bytes_of_thread() + page;
  }

  void run_alone(const Strip& strip, const SeparableBlock::Args& args, std::byte* memory) const {
    auto* copied = reinterpret_cast<T*>(memory + strips_.expanded_bytes());
    const T* pixels = read(strip, args, copied);
    T* convolved = copied + strips_.input_size();
    convolve(strip, pixels, 0, p_.expand.k, reinterpret_cast<float*>(memory), convolved);
    project(strip, args, 0, strip.rows * p_.project.w, convolved);
  }

  // Each thread some of the channels, and then some of the pixels.
  void run_together(const Strip& strip, const SeparableBlock::Args& args, std::byte* memory) const {
    auto* copied = reinterpret_cast<T*>(memory + threads_ * bytes_of_thread());
    const T* pixels = read(strip, args, copied);
    T* convolved = copied + strips_.input_size();
    const int64_t blocks = ceil_divide(p_.expand.k, block), outputs = strip.rows * p_.project.w;
    for_each_index(threads_, [&](int64_t thread) {
      convolve(strip, pixels, blocks * thread / threads_ * block,
               std::min(blocks * (thread + 1) / threads_ * block, p_.expand.k),
               reinterpret_cast<float*>(of_thread(memory, thread)), convolved);
    });
    for_each_index(threads_, [&](int64_t thread) {
      project(strip, args, outputs * thread / threads_, outputs * (thread + 1) / threads_, convolved);
    });
  }

  const T* read(const Strip& strip, const SeparableBlock::Args& args, T* memory) const {
    const ConvProblem& p = p_.expand;
    const T *image = args.x.as<T>() + strip.image * p.h * p.w * p.c, *pixels = nullptr;
    with_avx512([&]() GRAFT_INLINE { pixels = Products::read(strips_, strip, image, memory); });
    return pixels;
  }

  // To behind the depthwise convolution, of channels that begin a block.
  void convolve(const Strip& strip, const T* pixels, int64_t begin, int64_t end, float* expanded,
                T* convolved) const {
    const ConvProblem& p = p_.depthwise;
    const auto with = [&]<int size, int stride>(Count<size>, Count<stride>) {
      convolve_with<size, stride>(strip, pixels, begin, end, expanded, convolved);
    };
    if (p.r == 3)
      p.stride_h == 1 ? with(Count<3>(), Count<1>()) : with(Count<3>(), Count<2>());
    else
      p.stride_h == 1 ? with(Count<5>(), Count<1>()) : with(Count<5>(), Count<2>());
  }
  template <int size, int stride>
  void convolve_with(const Strip& strip, const T* pixels, int64_t begin, int64_t end, float* expanded,
                     T* convolved) const {
    const ActivationBounds bounds(p_.depthwise.activation);
    with_avx512([&]() GRAFT_INLINE {
      ExpandedRows rows(strips_, strip, expanded);
      typename Products::Expansion expansion(strips_, strip, rows, ActivationBounds(p_.expand.activation),
                                             pixels);
      for (int64_t c = begin; c < end; c += block) {
        rows.begin_block();
        expansion.begin_block(weights_.expand(c), weights_.expand_bias(c));
        const auto convolve_block = [&]<int vectors>(Count<vectors>) GRAFT_INLINE {
          for (int64_t row = 0; row < strip.rows; ++row) {
            rows.leave_behind(row * stride);
            rows.reach(row * stride + size - 1,
                       [&](int64_t input) GRAFT_INLINE { return expansion.template expand<vectors>(input); });
            convolve_row<size, stride, vectors>(strips_, rows, row, weights_.depthwise(c), bounds,
                                                convolved + row * strips_.convolved_row() + c);
          }
        };
        if (!Products::needs.half_blocks || end - c > lane_count)
          convolve_block(Count<2>());
        else if constexpr (Products::needs.half_blocks)
          convolve_block(Count<1>());
      }
    });
  }

  // Some of its outputs' pixels.
  void project(const Strip& strip, const SeparableBlock::Args& args, int64_t begin, int64_t end,
               const T* convolved) const {
    if (begin == end) return;
    const ConvProblem& p = p_.project;
    const int64_t first = ((strip.image * p.h + strip.first_row) * p.w + begin) * p.k;
    const Outputs<T> outputs{.y = args.y.as<T>() + first,
                             .residual = p.residual ? args.residual.as<T>() + first : nullptr,
                             .bias = weights_.project_bias(),
                             .channels = p.k,
                             .bounds = ActivationBounds(p.activation)};
    with_avx512([&]() GRAFT_INLINE {
      Products::project(strips_, end - begin, convolved + begin * strips_.convolved_pitch, weights_.project(),
                        outputs);
    });
  }

  SeparableBlockProblem p_;
  Device& device_;
  Division division_;
  Strips strips_;
  int64_t threads_;  // that have work
  PackedWeights<Products> weights_;
  Buffer kept_;
};

}  // namespace graft::separable_block
