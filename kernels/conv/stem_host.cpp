#include "kernels/conv/stem_host.h"

#include "kernels/conv/bias_gradient.h"
#include "kernels/conv/thin_products.h"
#include "kernels/host_loops.h"
#include "kernels/reference.h"

namespace graft {
namespace {

constexpr int64_t side = 3, channels = 3, row_taps = side * channels, taps = side * row_taps;

// The rows of a picture that a row of outputs reads, as floats, with zeros where they reach outside.
class PaddedRows {
 public:
  explicit PaddedRows(const ConvProblem& p) : p_(p) {}

  int64_t width() const { return ((p_.q() - 1) * p_.stride_w + side) * channels; }
  int64_t size() const { return side * width(); }

  GRAFT_INLINE void fill(const float* x, int64_t output_row, float* rows) const {
    const int64_t image = output_row / p_.p(), top = output_row % p_.p() * p_.stride_h - p_.pad_top;
    const int64_t before = p_.pad_left * channels, count = std::min(p_.w * channels, width() - before);
    for (int64_t r = 0; r < side; ++r, rows += width()) {
      const int64_t h = top + r;
      if (h < 0 || h >= p_.h) {
        std::fill_n(rows, width(), 0.0f);
        continue;
      }
      const float* from = x + (image * p_.h + h) * p_.w * channels;
      std::fill_n(rows, before, 0.0f);
      std::copy_n(from, count, rows + before);
      std::fill(rows + before + count, rows + width(), 0.0f);
    }
  }

 private:
  const ConvProblem& p_;
};

class StemBackwardWeights : public Prepared<ConvBackwardWeights> {
 public:
  explicit StemBackwardWeights(const ConvProblem& p) : p_(p), pieces_(p.n * p.p(), 16) {}

  // For each piece its rows and its sums [27][k]; behind them those of the bias.
  size_t scratch_bytes() const override {
    return pieces_.count() * piece_size() * sizeof(float) + (p_.bias ? row_sum_bytes(pixels(), p_.k) : 0);
  }

  void run(const ConvBackwardWeights::Args& args, const RunContext& context) override {
    float* memory = static_cast<float*>(context.scratch);
    const float *x = args.x.as<float>(), *dy = args.dy.as<float>();
    const PaddedRows padded(p_);
    for_each_index(pieces_.count(), [&](int64_t piece) {
      float *sums = memory + piece * piece_size(), *pixels = sums + taps * p_.k;
      std::fill_n(sums, taps * p_.k, 0.0f);
      for (int64_t row = pieces_.begin(piece); row < pieces_.end(piece); ++row)
        with_vectors([&]<int bytes>(VectorBytes<bytes>) GRAFT_INLINE {
          padded.fill(x, row, pixels);
          add_row<bytes>(pixels, padded.width(), dy + row * p_.q() * p_.k, sums);
        });
    });
    float* dw = args.dw.as<float>();
    for (int64_t k = 0; k < p_.k; ++k)
      for (int64_t tap = 0; tap < taps; ++tap)
        dw[k * taps + tap] = sum_of_pieces(pieces_.count(), piece_size(), memory, tap * p_.k + k);
    if (p_.bias)
      sum_bias_gradient(pixels(), p_.k, dy,
                        reinterpret_cast<double*>(memory + pieces_.count() * piece_size()),
                        args.dbias.as<float>());
  }

 private:
  int64_t pixels() const { return p_.n * p_.p() * p_.q(); }
  // An even number, as doubles follow.
  int64_t piece_size() const { return taps * p_.k + (PaddedRows(p_).size() + 1) / 2 * 2; }

  template <int bytes>
  GRAFT_INLINE void add_row(const float* pixels, int64_t width, const float* dy, float* sums) const {
    thin::for_each_two<bytes>(
        p_.k, [&]<int vectors>(int64_t c, std::integral_constant<int, vectors>) GRAFT_INLINE {
          for (int64_t r = 0; r < side; ++r)
            add_columns<bytes, vectors>(pixels + r * width, dy + c, r == 0, sums + r * row_taps * p_.k + c);
        });
  }

  // Of one row of the filter; fetches the next row of dy.
  template <int bytes, int vectors>
  GRAFT_INLINE void add_columns(const float* x, const float* dy, bool fetches, float* sums) const {
    const int64_t q = p_.q(), k = p_.k, step = p_.stride_w * channels;
    Floats<bytes> part[row_taps][vectors] = {};
    for (int64_t i = 0; i < q; ++i, x += step, dy += k) {
      Floats<bytes> gradient[vectors];
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) {
        if (fetches) __builtin_prefetch(dy + q * k + v * lanes<bytes>);
        gradient[v] = vector_at<bytes>(dy + v * lanes<bytes>);
      }
#pragma GCC unroll 16
      for (int tap = 0; tap < row_taps; ++tap)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) part[tap][v] += gradient[v] * x[tap];
    }
#pragma GCC unroll 16
    for (int tap = 0; tap < row_taps; ++tap)
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) vector_at<bytes>(sums + tap * k + v * lanes<bytes>) += part[tap][v];
  }

  ConvProblem p_;
  RowPieces pieces_;  // of the rows of outputs
};

}  // namespace

std::string refuse_stem_backward_weights(const ConvProblem& p, const DeviceProperties& device) {
  if (p.r != side || p.s != side || p.c != channels || p.groups != 1)
    return "the convolution is not 3x3 of three channels";
  if (p.dilation_h != 1 || p.dilation_w != 1) return "serves no dilation";
  if (p.pad_left >= side) return "the padding is wider than what a filter reaches";
  if (p.k % 16 != 0) return text("its ", p.k, " outputs are not a multiple of 16");
  return refuse_other_types<ConvBackwardWeights, float>(p, device);
}

std::unique_ptr<Prepared<ConvBackwardWeights>> prepare_stem_backward_weights(const ConvProblem& problem,
                                                                             Device&) {
  return std::make_unique<StemBackwardWeights>(problem);
}

}  // namespace graft
