#include "kernels/column_reduce.h"
#include "kernels/global_average/global_average_kernels.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

constexpr int pixels_per_byte = GlobalAverageProblem::pixels_per_byte;

// What eight neighbouring pixels of one image add, whose byte it writes: a row of the sums is a byte.
// x: [H W, C]; sides: [bytes, C]
template <class Element>
struct Sides {
  const Element* x;
  uint8_t* sides;
  Activation activation;
  int pixels;
  int64_t c;

  template <int width>
  GRAFT_DEVICE void operator()(int64_t byte, int64_t channel, Floats<width>* sum) const {
    static_assert(width == 1, "eight loads are enough under way");
    const int first = static_cast<int>(byte) * pixels_per_byte;
    float value[pixels_per_byte];
    GRAFT_UNROLL
    for (int i = 0; i < pixels_per_byte; ++i)
      value[i] = first + i < pixels ? load(x + (first + i) * c + channel) : 0;
    int bits = 0;
    sum->at[0] = 0;
    GRAFT_UNROLL
    for (int i = 0; i < pixels_per_byte; ++i) {
      sum->at[0] += value[i];
      bits |= static_cast<int>(passes(activation, value[i])) << i;
    }
    sides[byte * c + channel] = static_cast<uint8_t>(bits);
  }
};

// A block 32 channels of one image, its eight warps a byte's pixels each. Bound by memory: each x is read
// once, and the activation's gradient will read a bit in its place.
// x: [N, H W, C]; y: [N, C]; sides: [N, bytes, C]
template <class Element>
GRAFT_KERNEL_BOUNDED(ColumnBlock<1>::threads)
void global_average_forward_simt_kernel(const Element* x, Element* y, uint8_t* sides, Activation activation,
                                        int pixels, int bytes, int64_t c) {
  auto& shared = shared_memory<ColumnSumShared<1, 1>>();
  const auto place = ColumnPlace<1>::of_thread(c);
  const int64_t image = place.part;
  const Sides<Element> term{x + image * pixels * c, sides + image * bytes * c, activation, pixels, c};
  block_column_sums(shared, term, 0, bytes, c, place, [&](int64_t channel, const double* sum) {
    store(y + image * c + channel, static_cast<float>(*sum / static_cast<double>(pixels)));
  });
}

// A block 32 channels of one image: a thread divides its share of dy once and writes the eight pixels of
// every eighth byte. Bound by memory: each dx is written once.
// dy: [N, C]; sides: [N, bytes, C]; dx: [N, H W, C]
template <class Element>
GRAFT_KERNEL_BOUNDED(ColumnBlock<1>::threads)
void global_average_backward_simt_kernel(const Element* dy, const uint8_t* sides, Element* dx,
                                         Activation side, int pixels, int bytes, int64_t c) {
  const auto place = ColumnPlace<1>::of_thread(c);
  if (place.column >= c) return;
  const int64_t image = place.part;
  const float share = load(dy + image * c + place.column) / static_cast<float>(pixels);
  const float stopped = side_gradient(side, 0.0f, share);
  Element* out = dx + image * pixels * c + place.column;
  for (int byte = thread_index().y; byte < bytes; byte += ColumnBlock<1>::rows) {
    const int bits = sides[(image * bytes + byte) * c + place.column], first = byte * pixels_per_byte;
    GRAFT_UNROLL
    for (int i = 0; i < pixels_per_byte; ++i)
      if (first + i < pixels) store(out + (first + i) * c, bits >> i & 1 ? share : stopped);
  }
}

// dx over pixels, times their number, from the bits alone: a row is a byte of each channel. `stopped`: what a
// gradient of 1 leaves where it does not pass.
template <class Element>
struct SummedSides {
  const Element* dy;
  const uint8_t* sides;
  float stopped;
  int pixels, bytes;
  int64_t c;

  bool four_at_a_time() const { return GRAFT_TARGET::four_at_a_time(dy, c); }
  template <int width>
  GRAFT_DEVICE void operator()(int64_t row, int64_t channel, Floats<width>* sum) const {
    const int image = static_cast<int>(row) / bytes;
    const int behind = pixels - (static_cast<int>(row) - image * bytes) * pixels_per_byte;
    const int here = behind < pixels_per_byte ? behind : pixels_per_byte;
    *sum = load_floats<width>(dy + image * c + channel);
    GRAFT_UNROLL
    for (int k = 0; k < width; ++k) {
      const int bits = sides[row * c + channel + k];
      int passing = 0;
      GRAFT_UNROLL
      for (int i = 0; i < pixels_per_byte; ++i) passing += bits >> i & 1;
      const float whole = static_cast<float>(passing) + stopped * static_cast<float>(here - passing);
      sum->at[k] = whole == 0 ? 0 : whole * sum->at[k];  // an infinite dy that nowhere passes adds nothing
    }
  }
};
struct StoreMean {
  float* sums;
  double pixels;
  GRAFT_DEVICE void operator()(int64_t column, const double* sum) const {
    sums[column] = static_cast<float>(*sum / pixels);
  }
};

template <class Element>
void forward(const GlobalAverageProblem& p, const GlobalAverageForward::Args& args, Stream& stream) {
  launch("global_average_forward_simt", global_average_forward_simt_kernel<Element>, column_grid(p.c, p.n),
         ColumnBlock<1>::size(), sizeof(ColumnSumShared<1, 1>), stream, elements<const Element>(args.x),
         elements<Element>(args.y), bytes(args.sides), p.activation, static_cast<int>(p.pixels()),
         static_cast<int>(p.bytes_per_channel()), p.c);
}

template <class Element>
void backward(const GlobalAverageProblem& p, const GlobalAverageBackward::Args& args,
              const RunContext& context) {
  const Activation side = of_side(p.activation);
  const auto* dy = elements<const Element>(args.dy);
  const uint8_t* sides = bytes(args.sides);
  const int pixels = static_cast<int>(p.pixels()), per_channel = static_cast<int>(p.bytes_per_channel());
  launch("global_average_backward_simt", global_average_backward_simt_kernel<Element>, column_grid(p.c, p.n),
         ColumnBlock<1>::size(), 0, context.stream, dy, sides, elements<Element>(args.dx), side, pixels,
         per_channel, p.c);
  if (p.dbias)
    launch_column_sums<1>(
        "global_average_backward_sums",
        SummedSides<Element>{dy, sides, side_gradient(side, 0.0f, 1.0f), pixels, per_channel, p.c},
        StoreMean{floats(args.dbias), static_cast<double>(pixels)}, p.n * per_channel, p.c, context.scratch,
        context.stream);
}

}  // namespace

void global_average_forward_simt(const GlobalAverageProblem& p, const GlobalAverageForward::Args& args,
                                 const RunContext& context) {
  with_element(p.dtype, [&](auto element) { forward<decltype(element)>(p, args, context.stream); });
}

void global_average_backward_simt(const GlobalAverageProblem& p, const GlobalAverageBackward::Args& args,
                                  const RunContext& context) {
  with_element(p.dtype, [&](auto element) { backward<decltype(element)>(p, args, context); });
}

}  // namespace graft::GRAFT_TARGET
