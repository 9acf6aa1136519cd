#include "kernels/norm_conv/pointwise_host.h"

#include "kernels/batch_norm/host.h"
#include "kernels/norm_conv/pointwise_tile.h"
#include "kernels/norm_conv/reference.h"

namespace graft {
namespace {

using namespace norm_conv;
using thin::eight;

constexpr int64_t most_channels = 256, most_outputs = 48, most_pieces = 16;

// Rows are pixels: x[rows, c], w[k, c] and y[rows, k].
struct Pointwise {
  int64_t rows, c, k;
  int64_t width;   // of y in a tile
  int64_t pixels;  // of a tile, whose normed map stays in the nearest cache
  RowPieces pieces;
  bool streams;

  Pointwise(const ConvProblem& p, const DeviceProperties& device)
      : rows(p.n * p.h * p.w),
        c(p.c),
        k(p.k),
        width(thin::whole_width(k)),
        pixels(std::clamp<int64_t>(6 * 1024 / c / eight * eight, eight, 256)),
        pieces(rows, most_pieces),
        streams(exceeds_caches(rows * c, device)) {}

  int64_t tile_size() const { return pixels * (c + width); }
};

// body(VectorBytes, width, streams), all compile-time constants.
template <class Body>
void with_constants(const Pointwise& p, const Body& body) {
  with_vectors([&](auto bytes) GRAFT_INLINE {
    thin::with_width(p.width, [&](auto width) GRAFT_INLINE {
      if (p.streams) return body(bytes, width, std::true_type());
      body(bytes, width, std::false_type());
    });
  });
}

// body(row, count, rounded up to eights) for the tiles of a piece.
template <class Body>
GRAFT_INLINE inline void for_each_tile(const Pointwise& p, int64_t piece, const Body& body) {
  for (int64_t row = p.pieces.begin(piece), end = p.pieces.end(piece); row < end; row += p.pixels) {
    const int64_t count = std::min(p.pixels, end - row);
    body(row, count, (count + eight - 1) / eight * eight);
  }
}

// The normed map of `count` pixels; zeros in the place of more.
template <int bytes>
GRAFT_INLINE inline void normalise_tile(const Norm& norm, const float* x, int64_t count, int64_t rounded,
                                        int64_t channels, float* normed) {
  const Norm here = norm;
  for (int64_t t = 0; t < count; ++t)
    for (int64_t c = 0; c < channels; c += lanes<bytes>) {
      Floats<bytes> value = vector_at<bytes>(x + t * channels + c);
      here.template apply<bytes>(value, c);
      vector_at<bytes>(normed + t * channels + c) = value;
    }
  std::fill(normed + count * channels, normed + rounded * channels, 0.0f);
}

class PointwiseForward : public Prepared<NormConvForward> {
 public:
  PointwiseForward(const NormConvProblem& problem, const DeviceProperties& device)
      : problem_(problem), p_(problem.conv, device) {}

  // The sums, later the pieces' tiles; factor and offset; the filter.
  size_t scratch_bytes() const override {
    return shared_bytes() + static_cast<size_t>((2 + p_.width) * p_.c) * sizeof(float);
  }

  void run(const NormConvForward::Args& args, const RunContext& context) override {
    float* tiles = static_cast<float*>(context.scratch);
    float* factor = tiles + shared_bytes() / sizeof(float);
    float *offset = factor + p_.c, *filter = offset + p_.c;
    const BatchNormForward::Args operands = norm_operands(args);
    measure_batch(problem_.norm(), operands, static_cast<double*>(context.scratch));
    fold_statistics(problem_.norm(), operands, factor, offset);
    thin::pack(p_.c, p_.k, p_.width, filter,
               [w = args.w.as<float>(), c = p_.c](int64_t in, int64_t out) { return w[out * c + in]; });
    const Norm norm{factor, offset, Bounds(problem_.activation)};
    for_each_index(p_.pieces.count(), [&](int64_t piece) {
      float* normed = tiles + piece * p_.tile_size();
      float* sums = normed + p_.pixels * p_.c;
      with_constants(p_, [&, this]<int bytes, int width, class Streams>(
                             VectorBytes<bytes>, std::integral_constant<int, width>, Streams) GRAFT_INLINE {
        for_each_tile(p_, piece, [&](int64_t row, int64_t count, int64_t rounded) GRAFT_INLINE {
          normalise_tile<bytes>(norm, args.x.as<float>() + row * p_.c, count, rounded, p_.c, normed);
          thin::narrow<bytes, width>(normed, rounded, p_.c, filter, sums,
                                     {args.x.as<float>() + (row + count) * p_.c});
          thin::copy_columns(sums, width, args.y.as<float>() + row * p_.k, p_.k, count, p_.k);
        });
      });
    });
  }

 private:
  size_t shared_bytes() const {
    return std::max(row_sum_bytes(p_.rows, 2 * p_.c),
                    static_cast<size_t>(p_.pieces.count() * p_.tile_size()) * sizeof(float));
  }

  NormConvProblem problem_;
  Pointwise p_;
};

class PointwiseBackward : public Prepared<NormConvBackward> {
 public:
  PointwiseBackward(const NormConvProblem& problem, const DeviceProperties& device)
      : problem_(problem), p_(problem.conv, device) {}

  size_t scratch_bytes() const override {
    const int64_t of_piece = 4 * p_.c + p_.width * p_.c + p_.tile_size() + 2 * p_.c;
    return static_cast<size_t>(p_.pieces.count() * of_piece + 4 * p_.c) * sizeof(float);
  }

  void run(const NormConvBackward::Args& args, const RunContext& context) override {
    // Of all pieces: the batch norm's sums in double; the filter's; tiles, and their sums in float.
    const int64_t pieces = p_.pieces.count();
    double* sums = static_cast<double*>(context.scratch);
    float* weights = reinterpret_cast<float*>(sums + pieces * 2 * p_.c);
    float* tiles = weights + pieces * p_.width * p_.c;
    float* factor = tiles + pieces * (p_.tile_size() + 2 * p_.c);
    fold_statistics(problem_.norm(), norm_operands(args), factor, factor + p_.c);
    std::fill(sums, reinterpret_cast<double*>(weights), 0.0);
    std::fill(weights, tiles, 0.0f);
    const Norm norm{factor, factor + p_.c, Bounds(problem_.activation)};
    for_each_index(pieces, [&](int64_t piece) {
      run_piece(args, norm, piece, tiles + piece * (p_.tile_size() + 2 * p_.c), sums + piece * 2 * p_.c,
                weights + piece * p_.width * p_.c);
    });
    float* dw = args.dw.as<float>();
    for (int64_t i = 0; i < p_.k * p_.c; ++i) dw[i] = sum_of_pieces(pieces, p_.width * p_.c, weights, i);
    add_pieces(pieces, 2 * p_.c, sums);
    spread_batch_gradient(problem_.norm(), norm_operands(args, args.dx), sums, factor);
  }

 private:
  void run_piece(const NormConvBackward::Args& args, const Norm& norm, int64_t piece, float* memory,
                 double* sums, float* weights) const {
    float *normed = memory, *gradient = normed + p_.pixels * p_.c,
          *tile_sums = gradient + p_.pixels * p_.width;
    std::fill(gradient, tile_sums, 0.0f);
    with_constants(p_, [&, this]<int bytes, int width, bool streams>(
                           VectorBytes<bytes>, std::integral_constant<int, width>,
                           std::bool_constant<streams>) GRAFT_INLINE {
      for_each_tile(p_, piece, [&](int64_t row, int64_t count, int64_t rounded) GRAFT_INLINE {
        const float* x = args.x.as<float>() + row * p_.c;
        normalise_tile<bytes>(norm, x, count, rounded, p_.c, normed);
        thin::copy_columns(args.dy.as<float>() + row * p_.k, p_.k, gradient, width, count, p_.k);
        std::fill(gradient + count * width, gradient + rounded * width, 0.0f);
        thin::add_products<bytes>(gradient, normed, rounded, width, p_.c, weights, {x + count * p_.c});
        std::fill_n(tile_sums, 2 * p_.c, 0.0f);
        backward_tile<bytes, streams>(norm.bounds, normed, gradient, width, p_.k, p_.c, args.w.as<float>(),
                                      {.x = x,
                                       .mean = args.mean.as<float>(),
                                       .dx = problem_.wants_dx ? args.dx.as<float>() + row * p_.c : nullptr,
                                       .count = count,
                                       .sums = tile_sums,
                                       .products = tile_sums + p_.c});
        for (int64_t i = 0; i < 2 * p_.c; ++i) sums[i] += double(tile_sums[i]);
      });
      if (streams) finish_streaming();
    });
  }

  NormConvProblem problem_;
  Pointwise p_;
};

}  // namespace

std::string refuse_norm_conv_pointwise(const NormConvProblem& p, const DeviceProperties& device) {
  const ConvProblem& conv = p.conv;
  if (const std::string reason = thin::refuse_other_than_pixels(conv); !reason.empty()) return reason;
  if (conv.c % 16 != 0 || conv.c > most_channels)
    return text("its ", conv.c, " channels are not a multiple of 16 up to ", most_channels);
  if (conv.k % 4 != 0 || conv.k > most_outputs)
    return text("its ", conv.k, " outputs are not a multiple of 4 up to ", most_outputs);
  if (p.activation.kind > Activation::relu6) return "its loops know no activation but relu and relu6";
  return refuse_norm_conv<float>(p, device);
}

std::unique_ptr<Prepared<NormConvForward>> prepare_norm_conv_forward_pointwise(const NormConvProblem& problem,
                                                                               Device& device) {
  return std::make_unique<PointwiseForward>(problem, device.properties());
}

std::unique_ptr<Prepared<NormConvBackward>> prepare_norm_conv_backward_pointwise(
    const NormConvBackward::Problem& problem, Device& device) {
  return std::make_unique<PointwiseBackward>(problem, device.properties());
}

}  // namespace graft
