#include "kernels/image/axis.h"
#include "kernels/image/image_kernels.h"
#include "kernels/simt.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

constexpr int block_columns = 32, block_rows = 8;

struct Normalise {
  float mean[3], std[3];
  // Divided in double and rounded once.
  GRAFT_DEVICE float operator()(uint8_t value, int c) const {
    return static_cast<float>((value - static_cast<double>(mean[c])) / static_cast<double>(std[c]));
  }
};

// A block makes 32 x 8 pixels of a picture (z), a thread one of them in one go, so that nothing lies between
// the two filters but a register. Each row of the picture is filtered again for every output row that it
// reaches, 2 (bilinear) or 4 (bicubic) of them: of a 500 x 375 photograph some 16 (bilinear) times 3
// multiply-adds a pixel and as many bytes, which neighbours find in the first-level cache. In memory 11 bytes
// of picture and 12 of output a pixel. y: [n, h, w, 3]
GRAFT_KERNEL_BOUNDED(block_columns* block_rows)
void image_input_simt_kernel(const uint8_t* pixels, const BatchPicture* pictures, const int32_t* taps,
                             float* y, int64_t h, int64_t w, Normalise normalise) {
  const Int3 t = thread_index(), block = block_index();
  const int64_t column = int64_t{block.x} * block_columns + t.x, line = int64_t{block.y} * block_rows + t.y;
  if (column >= w || line >= h) return;
  const BatchPicture picture = pictures[block.z];
  const AxisPlace across(taps + picture.columns, w, picture.column_taps,
                         picture.flipped ? w - 1 - column : column);
  const AxisPlace down(taps + picture.rows, h, picture.row_taps, line);
  uint8_t pixel[3];
  resample_pixel(pixels + picture.pixels, picture.row_bytes, across, down, pixel);
  float* out = y + ((block.z * h + line) * w + column) * 3;
  GRAFT_UNROLL
  for (int c = 0; c < 3; ++c) out[c] = normalise(pixel[c], c);
}

}  // namespace

void image_input_simt(const ImageInputProblem& p, const ImageInput::Args& args, const RunContext& context) {
  const Normalise normalise{{p.mean[0], p.mean[1], p.mean[2]}, {p.std[0], p.std[1], p.std[2]}};
  launch("image_input_simt", image_input_simt_kernel,
         {blocks_for(p.w, block_columns), blocks_for(p.h, block_rows), p.n}, {block_columns, block_rows}, 0,
         context.stream, bytes(args.pixels), static_cast<const BatchPicture*>(args.pictures.data),
         static_cast<const int32_t*>(args.taps.data), floats(args.y), p.h, p.w, normalise);
}

}  // namespace graft::GRAFT_TARGET
