#include "kernels/conv/winograd_convolution.h"

#include "kernels/conv/thin_products.h"
#include "kernels/host_loops.h"

namespace graft::winograd {
namespace {

constexpr int64_t most_tiles = 64;      // at once
constexpr int64_t inputs_at_once = 64;  // whose transformed filters stay in the second cache
constexpr int64_t filter_stride = (places + 1) * block * columns;  // the odd one: other cache sets

// filters[inputs / 16][36][16][32] of packed [inputs][9][32], the first `width` columns.
template <int bytes>
GRAFT_INLINE inline void spread_filters(const float* packed, int64_t inputs, int64_t width, float* filters) {
  for (int64_t i = 0; i < inputs; ++i, packed += taps * columns) {
    float* here = filters + i / block * filter_stride + i % block * columns;
    for (int64_t c = 0; c < width; c += lanes<bytes>) {
      Floats<bytes> in[filter_side][filter_side], out[input_side][input_side];
      load_square<bytes>(packed + c, columns, in);
      transform<Filter>(in, out);
      store_square<bytes>(out, here + c, block * columns);
    }
  }
}

// sums[8 tiles][36][32] of one place, as many columns as there are vectors: += spread * filters, of `blocks`
// blocks of inputs.
template <int bytes, int vectors>
GRAFT_INLINE inline void multiply_columns(const float* spread, int64_t block_stride, const float* filters,
                                          int64_t blocks, bool add, float* sums) {
  Floats<bytes> part[group][vectors] = {};
  if (add)
#pragma GCC unroll 8
    for (int i = 0; i < group; ++i)
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v)
        part[i][v] = vector_at<bytes>(sums + i * places * columns + v * lanes<bytes>);
  for (int64_t each = 0; each < blocks; ++each, spread += block_stride, filters += filter_stride) {
    for (int i = 0; i < group; ++i) __builtin_prefetch(spread + group_stride + i * block);
    thin::add_eight<bytes, vectors>(spread, block, block, filters, columns, part);
  }
#pragma GCC unroll 8
  for (int i = 0; i < group; ++i)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v)
      vector_at<bytes>(sums + i * places * columns + v * lanes<bytes>) = part[i][v];
}

}  // namespace

// The memory of one thread.
struct Convolution::Workspace {
  int64_t block_stride;
  float *zeros, *spread, *filters, *sums;

  static int64_t spread_size(int64_t tiles, int64_t inputs) {
    return inputs / block * groups_of(tiles) * group_stride;
  }
  static int64_t filters_size(int64_t inputs) {
    return std::min(inputs, inputs_at_once) / block * filter_stride;
  }
  static int64_t size(int64_t tiles, int64_t inputs) {
    return inputs + spread_size(tiles, inputs) + filters_size(inputs) + tiles * places * columns;
  }
  Workspace(int64_t tiles, int64_t inputs, float* memory)
      : block_stride(groups_of(tiles) * group_stride),
        zeros(memory),
        spread(zeros + inputs),
        filters(spread + spread_size(tiles, inputs)),
        sums(filters + filters_size(inputs)) {}
};

Convolution::Convolution(const Shape& shape, int threads)
    : shape_(shape),
      grid_(shape.n, shape.p, shape.q),
      pieces_(std::clamp<int64_t>(grid_.tiles() / group, 1, threads)),
      tiles_(std::min(most_tiles, groups_of((grid_.tiles() + pieces_ - 1) / pieces_) * group)) {}

int64_t Convolution::scratch_size() const { return pieces_ * Workspace::size(tiles_, shape_.inputs); }
int64_t Convolution::packed_size() const { return shape_.inputs * taps * whole_columns(shape_.outputs); }

void Convolution::pack(const Filters& from, float* packed) const {
  for_each_index(whole_columns(shape_.outputs) / columns, [&](int64_t part) {
    const int64_t first = part * columns, count = std::min(columns, shape_.outputs - first);
    float* to = packed + first * shape_.inputs * taps;
    if (count < columns) std::fill_n(to, columns * shape_.inputs * taps, 0.0f);
    constexpr int64_t most_inputs = 64;
    float square[columns][most_inputs + 1];  // nearer to each other than the filters are
    for (int64_t in = 0; in < shape_.inputs; in += most_inputs)
      for (int64_t tap = 0; tap < taps; ++tap) {
        const int64_t inputs = std::min(most_inputs, shape_.inputs - in);
        const float* here = from.first + first * from.output + in * from.input + tap * from.tap;
        for (int64_t out = 0; out < count; ++out)
          for (int64_t i = 0; i < inputs; ++i) square[out][i] = here[out * from.output + i * from.input];
        for (int64_t i = 0; i < inputs; ++i)
          for (int64_t out = 0; out < count; ++out)
            to[((in + i) * taps + tap) * columns + out] = square[out][i];
      }
  });
}

template <int bytes>
GRAFT_INLINE inline void Convolution::store_tile(const TilePlace& place, const float* sums, int64_t out,
                                                 int64_t width, const Epilogue& epilogue, float* y,
                                                 int64_t y_stride) const {
  const int64_t high = std::min<int64_t>(output_side, shape_.p - place.y),
                wide = std::min<int64_t>(output_side, shape_.q - place.x);
  const int64_t pixel = (place.image * shape_.p + place.y) * shape_.q + place.x;
  const ActivationBounds bounds = epilogue.bounds;
  for (int64_t c = 0; c < width; c += lanes<bytes>) {
    Floats<bytes> in[input_side][input_side], values[output_side][output_side];
    load_square<bytes>(sums + c, columns, in);
    transform<Output>(in, values);
    const Floats<bytes> bias = epilogue.bias ? vector_at<bytes>(epilogue.bias + out + c) : Floats<bytes>{};
#pragma GCC unroll 4
    for (int i = 0; i < output_side; ++i)
#pragma GCC unroll 4
      for (int j = 0; j < output_side; ++j) {
        if (i >= high || j >= wide) continue;
        const int64_t at = pixel + i * shape_.q + j;
        Floats<bytes> value = values[i][j] + bias;
        if (epilogue.residual) value += vector_at<bytes>(epilogue.residual + at * shape_.outputs + out + c);
        bounds.clip(value);
        vector_at<bytes>(y + at * y_stride + out + c) = value;
      }
  }
}

template <int bytes>
GRAFT_INLINE inline void Convolution::run_tiles(int64_t first, int64_t count, const float* x,
                                                const float* packed, const Epilogue& epilogue, float* y,
                                                int64_t y_stride, const Workspace& work) const {
  const Spread<Input> spread{{x, shape_.h, shape_.w, shape_.inputs},
                             shape_.top,
                             shape_.left,
                             work.zeros,
                             work.spread,
                             work.block_stride};
  const int64_t groups = groups_of(count);
  for (int64_t t = 0; t < groups * group; ++t)
    spread.template spread<bytes>(grid_, t, t < count ? first + t : grid_.tiles());
  for (int64_t out = 0; out < shape_.outputs; out += columns) {
    const int64_t width = std::min(columns, shape_.outputs - out);
    const float* filters = packed + out * shape_.inputs * taps;
    for (int64_t in = 0; in < shape_.inputs; in += inputs_at_once) {
      const int64_t inputs = std::min(inputs_at_once, shape_.inputs - in);
      spread_filters<bytes>(filters + in * taps * columns, inputs, width, work.filters);
      for (int64_t place = 0; place < places; ++place)
        for (int64_t each = 0; each < groups; ++each)
          thin::for_each_two<bytes>(
              width, [&]<int vectors>(int64_t c, std::integral_constant<int, vectors>) GRAFT_INLINE {
                multiply_columns<bytes, vectors>(
                    work.spread + in / block * work.block_stride + each * group_stride + place * place_stride,
                    work.block_stride, work.filters + place * block * columns + c, inputs / block, in > 0,
                    work.sums + (each * group * places + place) * columns + c);
              });
    }
    for (int64_t t = 0; t < count; ++t)
      store_tile<bytes>(TilePlace(grid_, first + t), work.sums + t * places * columns, out, width, epilogue,
                        y, y_stride);
  }
}

void Convolution::run(const float* x, const float* packed, const Epilogue& epilogue, float* y,
                      int64_t y_stride, float* scratch) const {
  for_each_index(pieces_, [&](int64_t piece) {
    const Workspace work(tiles_, shape_.inputs, scratch + piece * Workspace::size(tiles_, shape_.inputs));
    std::fill_n(work.zeros, shape_.inputs, 0.0f);
    const int64_t end = grid_.tiles() * (piece + 1) / pieces_;
    for (int64_t tile = grid_.tiles() * piece / pieces_; tile < end; tile += tiles_)
      with_vectors([&, count = std::min(tiles_, end - tile)]<int bytes>(VectorBytes<bytes>) GRAFT_INLINE {
        run_tiles<bytes>(tile, count, x, packed, epilogue, y, y_stride, work);
      });
  });
}

}  // namespace graft::winograd
