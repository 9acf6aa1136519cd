#include "engine/half.h"
#include "kernels/conv/activation_bounds.h"
#include "kernels/conv/depthwise_host.h"
#include "kernels/conv/depthwise_kernels.h"
#include "kernels/conv/depthwise_loops.h"
#include "kernels/host_loops.h"
#include "kernels/host_vectors.h"
#include "kernels/reference.h"

namespace graft {
namespace {

// A 32-bit lane holds two neighbouring channels. The one is its upper half, the other is shifted there: two
// vectors of floats, the even channels and the odd ones, with no lane crossed.
template <int bytes>
struct Pairs {
  using Bits = typename HostVector<uint32_t, bytes>::type;
  using Floats = typename HostVector<float, bytes>::type;
  Floats even, odd;

  static GRAFT_INLINE Pairs of(const bfloat16* from) {
    const Bits bits = *reinterpret_cast<const Bits*>(from);
    return {(Floats)(bits << 16), (Floats)(bits & 0xffff0000u)};
  }
  static GRAFT_INLINE Pairs of(const float* from) {
    constexpr int lanes = bytes / static_cast<int>(sizeof(float));
    Bits evens;
    for (int i = 0; i < lanes; ++i) evens[i] = static_cast<uint32_t>(2 * i);
    const Floats low = *reinterpret_cast<const Floats*>(from),
                 high = *reinterpret_cast<const Floats*>(from + lanes);
    return {__builtin_shuffle(low, high, evens), __builtin_shuffle(low, high, evens + 1)};
  }
  static GRAFT_INLINE Pairs of(const float* evens, const float* odds) {
    return {*reinterpret_cast<const Floats*>(evens), *reinterpret_cast<const Floats*>(odds)};
  }

  GRAFT_INLINE void store(bfloat16* to) const {
    if constexpr (bytes == 64)
      if (host_vectors::rounds_to_bfloat16) return store_rounded(to);
    Bits low = (Bits)even, high = (Bits)odd;
    round(low);
    round(high);
    *reinterpret_cast<Bits*>(to) = (low >> 16) | (high & 0xffff0000u);
  }

 private:
  GRAFT_INLINE void store_rounded(bfloat16* to) const {
    using Halves = typename HostVector<uint16_t, bytes>::type;
    Halves packed, places;  // the even channels in front of the odd ones; where each belongs
    asm("vcvtne2ps2bf16 %1, %2, %0" : "=v"(packed) : "v"(even), "v"(odd));
    for (int i = 0; i < bytes / 2; ++i) places[i] = static_cast<uint16_t>(i / 2 + i % 2 * (bytes / 4));
    *reinterpret_cast<Halves*>(to) = __builtin_shuffle(packed, places);
  }

  // To the nearest, ties to even.
  static GRAFT_INLINE void round(Bits& bits) { bits += 0x7fffu + ((bits >> 16) & 1u); }
};

// What the filters are packed into: for each tap, then for the bias, the even channels and the odd ones.
struct PackedFilters {
  int64_t half;  // of the channels
  float* data;

  float* evens(int64_t tap) const { return data + tap * 2 * half; }
  float* odds(int64_t tap) const { return evens(tap) + half; }
  static size_t bytes(const ConvProblem& p) { return (p.r * p.s + 1) * p.c * sizeof(float); }
};

float to_float(float value) { return value; }

template <class Weight>
PackedFilters pack(const ConvProblem& p, const Weight* w, const float* bias, void* memory) {
  const PackedFilters packed{p.c / 2, static_cast<float*>(memory)};
  const int64_t taps = p.r * p.s;
  for (int64_t tap = 0; tap <= taps; ++tap)
    for (int64_t c = 0; c < p.c; ++c) {
      float* half = c % 2 == 0 ? packed.evens(tap) : packed.odds(tap);
      if (tap < taps)
        half[c / 2] = to_float(w[c * taps + tap]);
      else
        half[c / 2] = bias ? bias[c] : 0;
    }
  return packed;
}

using depthwise::columns;

// bytes / 2 channels from c on of the columns from `first` on; x is an image, y the output row.
template <int bytes, int size, int stride, class Input>
GRAFT_INLINE inline void convolve(const ConvProblem& p, const PackedFilters& filters,
                                  const ActivationBounds& bounds, const Input* x, int64_t row, int64_t first,
                                  int64_t c, bfloat16* y) {
  using Vectors = Pairs<bytes>;
  const int64_t channels = p.c, left = first * stride - p.pad_left;
  const int from = static_cast<int>(std::max<int64_t>(-left, 0)),
            to = static_cast<int>(std::min<int64_t>(p.w - left, 64));
  Vectors sums[columns];
#pragma GCC unroll 8
  for (int i = 0; i < columns; ++i)
    sums[i] = Vectors::of(filters.evens(size * size) + c / 2, filters.odds(size * size) + c / 2);
  for (int r = 0; r < size; ++r) {
    const int64_t h = row * stride + r - p.pad_top;
    if (h < 0 || h >= p.h) continue;
    const int64_t place = (h * p.w + left) * channels + c;
    Vectors taps[size];
#pragma GCC unroll 8
    for (int s = 0; s < size; ++s)
      taps[s] = Vectors::of(filters.evens(r * size + s) + c / 2, filters.odds(r * size + s) + c / 2);
#pragma GCC unroll 32
    for (int i = 0; i < (columns - 1) * stride + size; ++i) {
      if (i < from || i >= to) continue;
      const Vectors pixel = Vectors::of(x + (place + i * channels));
#pragma GCC unroll 8
      for (int s = 0; s < size; ++s) {
        if (s > i || (i - s) % stride != 0 || (i - s) / stride >= columns) continue;
        Vectors& sum = sums[(i - s) / stride];
        sum.even += pixel.even * taps[s].even;
        sum.odd += pixel.odd * taps[s].odd;
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < columns; ++i) {
    if (first + i >= p.q()) continue;
    bounds.clip(sums[i].even);
    bounds.clip(sums[i].odd);
    sums[i].store(y + (first + i) * p.c + c);
  }
}

// The last vector of channels starts early enough to be whole: some channels are computed twice.
template <int bytes, int size, int stride, class Input>
GRAFT_INLINE inline void convolve_row(const ConvProblem& p, const PackedFilters& filters,
                                      const ActivationBounds& bounds, const Input* x, int64_t row,
                                      bfloat16* y) {
  constexpr int64_t width = bytes / static_cast<int64_t>(sizeof(bfloat16));
  for (int64_t first = 0, end = p.q(); first < end; first += columns)
    for (int64_t c = 0; c < p.c; c += width)
      convolve<bytes, size, stride>(p, filters, bounds, x, row, first, std::min(c, p.c - width), y);
}

template <int size, int stride, class Input>
void convolve_rows(const ConvProblem& p, const PackedFilters& filters, const Input* x, bfloat16* y) {
  const ActivationBounds bounds(p.activation);
  const int64_t rows = p.p(), row_size = p.q() * p.c;
  for_each_index(p.n * rows, [&](int64_t i) {
    const Input* image = x + i / rows * p.h * p.w * p.c;
    with_vectors([&]<int bytes>(VectorBytes<bytes>) GRAFT_INLINE {
      constexpr int64_t width = bytes / static_cast<int64_t>(sizeof(bfloat16));
      const auto with = [&]<int used>(VectorBytes<used>) GRAFT_INLINE {
        convolve_row<used, size, stride>(p, filters, bounds, image, i % rows, y + i * row_size);
      };
      if (p.c >= width) return with(VectorBytes<bytes>());
      if (p.c >= 8) return with(VectorBytes<16>());
      with(VectorBytes<4>());
    });
  });
}

class DepthwiseForwardBf16 : public Prepared<ConvForward> {
 public:
  DepthwiseForwardBf16(const ConvProblem& problem, Device& device) : p_(problem), device_(device) {}

  size_t scratch_bytes() const override { return p_.constant_weights ? 0 : PackedFilters::bytes(p_); }
  size_t kept_bytes() const override { return p_.constant_weights ? PackedFilters::bytes(p_) : 0; }

  bool keep_constants(const ConvForward::Args& args, const RunContext&) override {
    if (!p_.constant_weights) return false;
    kept_ = Buffer(device_, PackedFilters::bytes(p_));
    packed(args, kept_.data());
    return true;
  }

  void run(const ConvForward::Args& args, const RunContext& context) override {
    const PackedFilters filters = kept_.data() != nullptr
                                      ? PackedFilters{p_.c / 2, reinterpret_cast<float*>(kept_.data())}
                                      : packed(args, context.scratch);
    auto* y = args.y.as<bfloat16>();
    p_.wide_x ? run(filters, args.x.as<float>(), y) : run(filters, args.x.as<bfloat16>(), y);
  }

 private:
  template <class Input>
  void run(const PackedFilters& filters, const Input* x, bfloat16* y) const {
    if (p_.r == 3 && p_.stride_h == 1) return convolve_rows<3, 1>(p_, filters, x, y);
    if (p_.r == 3) return convolve_rows<3, 2>(p_, filters, x, y);
    if (p_.stride_h == 1) return convolve_rows<5, 1>(p_, filters, x, y);
    convolve_rows<5, 2>(p_, filters, x, y);
  }

  PackedFilters packed(const ConvForward::Args& args, void* memory) const {
    const float* bias = p_.bias ? args.bias.as<float>() : nullptr;
    return p_.wide_w ? pack(p_, args.w.as<float>(), bias, memory)
                     : pack(p_, args.w.as<bfloat16>(), bias, memory);
  }

  ConvProblem p_;
  Device& device_;
  Buffer kept_;
};

}  // namespace

std::string refuse_depthwise_forward_bf16(const ConvProblem& p, const DeviceProperties& device) {
  if (const std::string reason = refuse_depthwise_filter(p); !reason.empty()) return reason;
  if (p.c % 2 != 0) return text("its ", p.c, " channels are not even in number");
  if (p.wide_y) return "writes bfloat16";
  if (p.residual || p.y_slice) return "its loops add no residual and write no slices of wider pixels";
  if (p.activation.kind > Activation::relu6) return "its loops know no activation but relu and relu6";
  return refuse_other_types<ConvForward, bfloat16>(p, device);
}

std::unique_ptr<Prepared<ConvForward>> prepare_depthwise_forward_bf16(const ConvProblem& problem,
                                                                      Device& device) {
  return std::make_unique<DepthwiseForwardBf16>(problem, device);
}

}  // namespace graft
