#include "kernels/conv/bias_gradient.h"
#include "kernels/conv/thin_products.h"
#include "kernels/conv/winograd_host.h"
#include "kernels/conv/winograd_tiles.h"

namespace graft {
namespace {

using namespace winograd;
using thin::eight;

constexpr int64_t inputs_at_once = 32, tiles_at_once = 32;

// The gradient of transformed filters is a product of transformed inputs with transformed gradients of the
// outputs. It is formed of a few tiles at a time, which stay in the caches, and goes through the transform's
// transpose at once: a filter's own gradient is a quarter of its size.
class WinogradBackwardWeights : public Prepared<ConvBackwardWeights> {
 public:
  WinogradBackwardWeights(const ConvProblem& p, Device& device)
      : p_(p),
        grid_(p.n, p.p(), p.q()),
        pieces_(grid_.tiles(), most_pieces(p, grid_)),
        threads_(pieces_.count() > 1 ? 1 : std::min<int64_t>(device.properties().threads, parts())) {}

  size_t scratch_bytes() const override {
    return (p_.c + p_.k + pieces_.count() * piece_size()) * sizeof(float) +
           (p_.bias ? row_sum_bytes(p_.n * p_.p() * p_.q(), p_.k) : 0);
  }
  int64_t products(int64_t) const override { return grid_.products(p_.c, p_.k); }

  void run(const ConvBackwardWeights::Args& args, const RunContext& context) override {
    float* zeros = static_cast<float*>(context.scratch);
    float* pieces = zeros + p_.c + p_.k;
    std::fill(zeros, pieces, 0.0f);
    for_each_index(pieces_.count(),
                   [&](int64_t piece) { run_piece(args, zeros, piece, pieces + piece * piece_size()); });
    add_pieces(pieces);
    unpack(pieces, args.dw.as<float>());
    if (p_.bias)
      sum_bias_gradient(p_.n * p_.p() * p_.q(), p_.k, args.dy.as<float>(),
                        reinterpret_cast<double*>(pieces + pieces_.count() * piece_size()),
                        args.dbias.as<float>());
  }

 private:
  // products[36][inputs][32] of a part, places apart by an odd number of lines.
  static constexpr int64_t product_stride = inputs_at_once * columns + block,
                           products_size = places * product_stride;
  static constexpr int64_t block_stride = groups_of(tiles_at_once) * group_stride;

  // Of small filters pieces of the tiles have gradients of their own, each one thread's; of large ones, parts
  // of the only gradient are the threads'.
  static int64_t most_pieces(const ConvProblem& p, const Grid& grid) {
    const int64_t filters = p.c * p.k;
    if (filters > 128 * 128) return 1;
    return std::clamp<int64_t>(grid.tiles() / (4 * tiles_at_once), 1,
                               std::min<int64_t>(16, 128 * 1024 / filters));
  }

  int64_t gradient_size() const { return p_.c * taps * whole_columns(p_.k); }
  int64_t in_parts() const { return (p_.c + inputs_at_once - 1) / inputs_at_once; }
  int64_t parts() const { return whole_columns(p_.k) / columns * in_parts(); }
  // Gradient, inputs and outputs transformed, products
  int64_t piece_size() const {
    return gradient_size() + (p_.c + p_.k) / block * block_stride + threads_ * products_size;
  }

  void run_piece(const ConvBackwardWeights::Args& args, const float* zeros, int64_t piece,
                 float* memory) const {
    float *x = memory + gradient_size(), *dy = x + p_.c / block * block_stride,
          *products = dy + p_.k / block * block_stride;
    const Spread<Input> inputs{
        {args.x.as<float>(), p_.h, p_.w, p_.c}, p_.pad_top, p_.pad_left, zeros, x, block_stride};
    const Spread<OutputGradient> outputs{
        {args.dy.as<float>(), p_.p(), p_.q(), p_.k}, 0, 0, zeros, dy, block_stride};
    const int64_t begin = pieces_.begin(piece), end = pieces_.end(piece);
    for (int64_t first = begin; first < end; first += tiles_at_once) {
      const int64_t count = std::min(tiles_at_once, end - first), groups = groups_of(count);
      for_each_index(groups * group, [&](int64_t t) {
        with_vectors([&, index = t < count ? first + t : grid_.tiles()]<int bytes>(VectorBytes<bytes>)
                         GRAFT_INLINE {
                           inputs.template spread<bytes>(grid_, t, index);
                           outputs.template spread<bytes>(grid_, t, index);
                         });
      });
      for_each_index(threads_, [&](int64_t thread) {
        with_vectors([&]<int bytes>(VectorBytes<bytes>) GRAFT_INLINE {
          for (int64_t part = parts() * thread / threads_; part < parts() * (thread + 1) / threads_; ++part)
            add_part<bytes>(part, groups, x, dy, first > begin, products + thread * products_size, memory);
        });
      });
    }
  }

  // Of some inputs and 32 outputs.
  template <int bytes>
  GRAFT_INLINE void add_part(int64_t part, int64_t groups, const float* x, const float* dy, bool add,
                             float* products, float* packed) const {
    const int64_t out = part / in_parts() * columns, in = part % in_parts() * inputs_at_once;
    const int64_t inputs = std::min(inputs_at_once, p_.c - in), outputs = std::min(columns, p_.k - out);
    for (int64_t place = 0; place < places; ++place)
      for (int64_t i = 0; i < inputs; i += eight)
        multiply_place<bytes>(x + (in + i) / block * block_stride + place * place_stride + i % block,
                              dy + out / block * block_stride + place * place_stride, groups, outputs,
                              products + place * product_stride + i * columns);
    for (int64_t i = 0; i < inputs; ++i)
      gather_filter<bytes>(products + i * columns, add, packed + (out * p_.c + (in + i) * columns) * taps);
  }

  // sums[8][32] = sum over tiles of x[tile][8] * dy[tile][outputs].
  template <int bytes>
  GRAFT_INLINE void multiply_place(const float* x, const float* dy, int64_t groups, int64_t outputs,
                                   float* sums) const {
    thin::for_each_two<bytes>(outputs,
                              [&]<int vectors>(int64_t c, std::integral_constant<int, vectors>) GRAFT_INLINE {
                                const float* wide[vectors];
                                for (int v = 0; v < vectors; ++v) {
                                  const int64_t column = c + v * lanes<bytes>;
                                  wide[v] = dy + column / block * block_stride + column % block;
                                }
                                multiply_columns<bytes, vectors>(x, wide, groups, sums + c);
                              });
  }

  template <int bytes, int vectors>
  GRAFT_INLINE void multiply_columns(const float* x, const float* const (&dy)[vectors], int64_t groups,
                                     float* sums) const {
    Floats<bytes> part[eight][vectors] = {};
    for (int64_t each = 0; each < groups; ++each)
      for (int64_t t = 0; t < group; ++t) {
        const int64_t at = each * group_stride + t * block;
        Floats<bytes> tile[vectors];
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) tile[v] = vector_at<bytes>(dy[v] + at);
#pragma GCC unroll 8
        for (int i = 0; i < eight; ++i)
#pragma GCC unroll 2
          for (int v = 0; v < vectors; ++v) part[i][v] += tile[v] * x[at + i];
      }
#pragma GCC unroll 8
    for (int i = 0; i < eight; ++i)
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) vector_at<bytes>(sums + i * columns + v * lanes<bytes>) = part[i][v];
  }

  // filter[9][32] of products[36][32]
  template <int bytes>
  GRAFT_INLINE void gather_filter(const float* products, bool add, float* filter) const {
    for (int64_t c = 0; c < columns; c += lanes<bytes>) {
      Floats<bytes> in[input_side][input_side], out[filter_side][filter_side];
      load_square<bytes>(products + c, product_stride, in);
      transform<FilterGradient>(in, out);
#pragma GCC unroll 3
      for (int i = 0; i < filter_side; ++i)
#pragma GCC unroll 3
        for (int j = 0; j < filter_side; ++j) {
          Floats<bytes>& to = vector_at<bytes>(filter + (i * filter_side + j) * columns + c);
          to = add ? to + out[i][j] : out[i][j];
        }
    }
  }

  // To the first one's gradient.
  void add_pieces(float* pieces) const {
    if (pieces_.count() == 1) return;
    for_each_block(gradient_size(), elements_per_block, [&](int64_t begin, int64_t end) {
      for (int64_t piece = 1; piece < pieces_.count(); ++piece)
        for (int64_t i = begin; i < end; ++i) pieces[i] += pieces[piece * piece_size() + i];
    });
  }

  // From [k / 32][c][9][32] to [k][9][c].
  void unpack(const float* gradient, float* dw) const {
    for_each_index(whole_columns(p_.k) / columns, [&](int64_t part) {
      const int64_t first = part * columns, count = std::min(columns, p_.k - first);
      const float* from = gradient + first * p_.c * taps;
      for (int64_t in = 0; in < p_.c; in += block)
        for (int64_t tap = 0; tap < taps; ++tap)
          for (int64_t k = 0; k < count; ++k)
            for (int64_t i = in; i < in + block; ++i)
              dw[((first + k) * taps + tap) * p_.c + i] = from[(i * taps + tap) * columns + k];
    });
  }

  ConvProblem p_;
  Grid grid_;
  RowPieces pieces_;  // of the tiles
  int64_t threads_;   // of a piece
};

}  // namespace

std::unique_ptr<Prepared<ConvBackwardWeights>> prepare_winograd_backward_weights(const ConvProblem& problem,
                                                                                 Device& device) {
  return std::make_unique<WinogradBackwardWeights>(problem, device);
}

}  // namespace graft
