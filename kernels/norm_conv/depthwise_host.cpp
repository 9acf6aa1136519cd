#include "kernels/norm_conv/depthwise_host.h"

#include "kernels/batch_norm/host.h"
#include "kernels/conv/depthwise_kernels.h"
#include "kernels/norm_conv/depthwise_rows.h"
#include "kernels/norm_conv/reference.h"

namespace graft {
namespace {

using namespace norm_conv;
using depthwise::Count;

PaddedRows rows_at(float* memory, PaddedRows rows) {
  rows.data = memory;
  rows.clear();
  return rows;
}

class DepthwiseForward : public Prepared<NormConvForward> {
 public:
  DepthwiseForward(const NormConvProblem& problem, const DeviceProperties& device)
      : p_(problem),
        conv_(problem.conv),
        layout_(conv_),
        streams_(exceeds_caches(conv_.n * conv_.p() * conv_.q() * conv_.c, device)) {}

  // The sums, later the pieces' rows; factor and offset; the filter.
  size_t scratch_bytes() const override {
    return shared_bytes() + (2 + conv_.r * conv_.s) * conv_.c * sizeof(float);
  }

  void run(const NormConvForward::Args& args, const RunContext& context) override {
    float* factor = static_cast<float*>(context.scratch) + shared_bytes() / sizeof(float);
    float *offset = factor + conv_.c, *filter = offset + conv_.c;
    const BatchNormForward::Args norm = norm_operands(args);
    measure_batch(p_.norm(), norm, static_cast<double*>(context.scratch));
    fold_statistics(p_.norm(), norm, factor, offset);
    pack_depthwise(conv_, args.w.as<float>(), filter);
    float* rows = static_cast<float*>(context.scratch);
    const Norm norm_of_x{factor, offset, Bounds(p_.activation)};
    for_each_index(layout_.pieces, [&](int64_t piece) {
      const PaddedRows normed = rows_at(rows + piece * layout_.normed.size(), layout_.normed);
      with_filter(conv_, streams_, [&, this](auto... constants) GRAFT_INLINE {
        for (int64_t n = layout_.first_image(conv_, piece); n < layout_.first_image(conv_, piece + 1); ++n)
          run_image(args.x.as<float>() + n * conv_.h * conv_.w * conv_.c,
                    args.y.as<float>() + n * conv_.p() * conv_.q() * conv_.c, norm_of_x, filter, normed,
                    constants...);
        if (streams_) finish_streaming();
      });
    });
  }

 private:
  template <int bytes, int size, int stride, bool streams>
  GRAFT_INLINE void run_image(const float* x, float* y, const Norm& norm, const float* filter,
                              const PaddedRows& normed, VectorBytes<bytes>, Count<size>, Count<stride>,
                              std::bool_constant<streams>) const {
    const int64_t y_row = conv_.q() * conv_.c;
    for (int64_t first = 0; first < conv_.p(); first += layout_.group_rows) {
      const int64_t last = std::min(first + layout_.group_rows, conv_.p());
      Soon soon{x + (last == conv_.p() ? conv_.h : last * stride) * conv_.w * conv_.c};
      for (int64_t c = 0; c < conv_.c; c += block) {
        const Place at(conv_, filter, c);
        int64_t next = first * stride - conv_.pad_top;
        for (int64_t row = first; row < last; ++row) {
          normalise_up_to<bytes>(at, norm, c, x, row * stride - conv_.pad_top + size - 1, normed, next, soon);
          convolve_row<bytes, size, stride, streams>(at, normed, row, y + row * y_row + c);
        }
      }
    }
  }

  size_t shared_bytes() const {
    return std::max(row_sum_bytes(p_.norm().rows, 2 * conv_.c),
                    static_cast<size_t>(layout_.pieces * layout_.normed.size()) * sizeof(float));
  }

  NormConvProblem p_;
  ConvProblem conv_;
  Layout layout_;
  bool streams_;
};

class DepthwiseBackward : public Prepared<NormConvBackward> {
 public:
  DepthwiseBackward(const NormConvBackward::Problem& problem, const DeviceProperties& device)
      : p_(problem),
        conv_(problem.conv),
        layout_(conv_),
        streams_(exceeds_caches(conv_.n * conv_.h * conv_.w * conv_.c, device)) {}

  size_t scratch_bytes() const override {
    const int64_t of_piece = (2 * conv_.c) * 2 + taps() * conv_.c + rows_size();
    return (layout_.pieces * of_piece + (4 + taps()) * conv_.c) * sizeof(float);
  }

  void run(const NormConvBackward::Args& args, const RunContext& context) override {
    // Of all pieces: the batch norm's sums in double; the filter's; rows.
    double* sums = static_cast<double*>(context.scratch);
    float* weights = reinterpret_cast<float*>(sums + layout_.pieces * 2 * conv_.c);
    float* rows = weights + layout_.pieces * taps() * conv_.c;
    float* factor = rows + layout_.pieces * rows_size();
    float* filter = factor + 4 * conv_.c;
    fold_statistics(p_.norm(), norm_operands(args), factor, factor + conv_.c);
    pack_depthwise(conv_, args.w.as<float>(), filter);
    std::fill(sums, reinterpret_cast<double*>(weights), 0.0);
    std::fill(weights, rows, 0.0f);
    for_each_index(layout_.pieces, [&](int64_t piece) {
      float* memory = rows + piece * rows_size();
      const Piece here{.norm = {factor, factor + conv_.c, Bounds(p_.activation)},
                       .mean = args.mean.as<float>(),
                       .filter = filter,
                       .normed = rows_at(memory, layout_.normed),
                       .gradient = rows_at(memory + layout_.normed.size(), layout_.gradient),
                       .sums = sums + piece * 2 * conv_.c,
                       .weights = weights + piece * taps() * conv_.c};
      with_filter(conv_, streams_, [&, this](auto... constants) GRAFT_INLINE {
        for (int64_t n = layout_.first_image(conv_, piece); n < layout_.first_image(conv_, piece + 1); ++n)
          run_image(here, image_of(args, n), constants...);
        if (streams_) finish_streaming();
      });
    });
    finish_filter(weights, args.dw.as<float>());
    add_pieces(layout_.pieces, 2 * conv_.c, sums);
    spread_batch_gradient(p_.norm(), norm_operands(args, args.dx), sums, factor);
  }

 private:
  int64_t taps() const { return conv_.r * conv_.s; }
  int64_t rows_size() const { return layout_.normed.size() + layout_.gradient.size(); }

  struct Image {
    const float *x, *dy;
    float* dx;  // may be null
  };
  Image image_of(const NormConvBackward::Args& args, int64_t n) const {
    const int64_t of_x = n * conv_.h * conv_.w * conv_.c, of_y = n * conv_.p() * conv_.q() * conv_.c;
    return {args.x.as<float>() + of_x, args.dy.as<float>() + of_y,
            p_.wants_dx ? args.dx.as<float>() + of_x : nullptr};
  }

  struct Piece {
    Norm norm;
    const float *mean, *filter;
    PaddedRows normed, gradient;
    double* sums;    // [2, c]
    float* weights;  // R,S,C
  };

  // Rows of the padded input, in steps of the stride: those in front of an output row need no later one.
  int64_t all_rows() const { return (conv_.h + conv_.pad_top + conv_.stride_h - 1) / conv_.stride_h; }

  template <int bytes, int size, int stride, bool streams>
  GRAFT_INLINE void run_image(const Piece& piece, const Image& image, VectorBytes<bytes>, Count<size>,
                              Count<stride>, std::bool_constant<streams>) const {
    const int64_t x_row = conv_.w * conv_.c, y_row = conv_.q() * conv_.c, rows = all_rows();
    for (int64_t first = 0; first < rows; first += layout_.group_rows) {
      const int64_t last = std::min(first + layout_.group_rows, rows);
      Soon x_soon{image.x + (last == rows ? conv_.h : last * stride) * x_row},
          dy_soon{image.dy + std::min(last, conv_.p()) * y_row};
      for (int64_t c = 0; c < conv_.c; c += block)
        run_block<bytes, size, stride, streams>(piece, image, c, first, last, x_soon, dy_soon);
    }
  }

  template <int bytes, int size, int stride, bool streams>
  GRAFT_INLINE void run_block(const Piece& piece, const Image& image, int64_t c, int64_t first, int64_t last,
                              Soon& x_soon, Soon& dy_soon) const {
    const Place at(conv_, piece.filter, c);
    const auto fill_gradient = [&](int64_t row) GRAFT_INLINE {
      if (row < 0 || row >= conv_.p()) return piece.gradient.clear(row, conv_.q());
      fill_row<bytes>(image.dy + row * conv_.q() * conv_.c + c, conv_.q(), at, piece.gradient.pixels(row),
                      dy_soon, [](auto&, int64_t) GRAFT_INLINE {});
    };
    int64_t next = first * stride - conv_.pad_top;
    for (int64_t row = first - piece.gradient.count + 1; row < first; ++row) fill_gradient(row);
    for (int64_t row = first; row < last; ++row) {
      normalise_up_to<bytes>(at, piece.norm, c, image.x, row * stride - conv_.pad_top + size - 1,
                             piece.normed, next, x_soon);
      fill_gradient(row);
      if (row < conv_.p())
        add_to_filter<bytes, size, stride>(at, piece.normed, piece.gradient, row, piece.weights + c);
      for (int64_t padded = row * stride; padded < (row + 1) * stride; ++padded)
        if (padded >= conv_.pad_top && padded < conv_.h + conv_.pad_top)
          run_input_row<bytes, size, stride, streams>(piece, image, at, c, padded);
    }
  }

  template <int bytes, int size, int stride, bool streams>
  GRAFT_INLINE void run_input_row(const Piece& piece, const Image& image, const Place& at, int64_t c,
                                  int64_t padded) const {
    const int64_t h = padded - conv_.pad_top, place = h * conv_.w * conv_.c + c;
    float sums[2][block] = {};
    backward_row<bytes, size, stride, streams>(at, piece.norm.bounds, piece.gradient, padded,
                                               {.x = image.x + place,
                                                .mean = piece.mean + c,
                                                .dx = image.dx ? image.dx + place : nullptr,
                                                .normed = piece.normed.pixels(h),
                                                .sums = sums[0],
                                                .products = sums[1]});
    for (int64_t k = 0; k < at.channels; ++k) {
      piece.sums[c + k] += double(sums[0][k]);
      piece.sums[conv_.c + c + k] += double(sums[1][k]);
    }
  }

  void finish_filter(const float* weights, float* dw) const {
    for (int64_t c = 0; c < conv_.c; ++c)
      for (int64_t tap = 0; tap < taps(); ++tap)
        dw[c * taps() + tap] = sum_of_pieces(layout_.pieces, taps() * conv_.c, weights, tap * conv_.c + c);
  }

  NormConvProblem p_;
  ConvProblem conv_;
  Layout layout_;
  bool streams_;
};

}  // namespace

std::string refuse_norm_conv_depthwise(const NormConvProblem& p, const DeviceProperties& device) {
  if (const std::string reason = refuse_depthwise_filter(p.conv); !reason.empty()) return reason;
  const ConvProblem& c = p.conv;
  if (std::max({c.pad_top, c.pad_left, c.pad_bottom, c.pad_right}) >= c.r)
    return "its padding is wider than its filter";
  if (p.conv.c % 16 != 0) return text("its ", p.conv.c, " channels are not a multiple of 16");
  if (p.activation.kind > Activation::relu6) return "its loops know no activation but relu and relu6";
  return refuse_norm_conv<float>(p, device);
}

std::unique_ptr<Prepared<NormConvForward>> prepare_norm_conv_forward_depthwise(const NormConvProblem& problem,
                                                                               Device& device) {
  return std::make_unique<DepthwiseForward>(problem, device.properties());
}

std::unique_ptr<Prepared<NormConvBackward>> prepare_norm_conv_backward_depthwise(
    const NormConvBackward::Problem& problem, Device& device) {
  return std::make_unique<DepthwiseBackward>(problem, device.properties());
}

}  // namespace graft
