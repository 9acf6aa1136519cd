#pragma once

#include "kernels/host_loops.h"
#include "kernels/image/axis.h"
#include "kernels/reference.h"

namespace graft {

template <class T>
class ImageInputReference : public Prepared<ImageInput> {
 public:
  explicit ImageInputReference(const ImageInputProblem& problem) : p_(problem) {}

  void run(const ImageInput::Args& args, const RunContext&) override {
    const auto* pictures = static_cast<const BatchPicture*>(args.pictures.data);
    const int32_t* taps = args.taps.as<int32_t>();
    T* y = args.y.as<T>();
    for_each_index(p_.n * p_.h, [&](int64_t line) {
      const BatchPicture& picture = pictures[line / p_.h];
      const uint8_t* pixels = args.pixels.as<uint8_t>() + picture.pixels;
      const AxisPlace row(taps + picture.rows, p_.h, picture.row_taps, line % p_.h);
      for (int64_t x = 0; x < p_.w; ++x) {
        const AxisPlace column(taps + picture.columns, p_.w, picture.column_taps,
                               picture.flipped ? p_.w - 1 - x : x);
        uint8_t pixel[3];
        resample_pixel(pixels, picture.row_bytes, column, row, pixel);
        for (int c = 0; c < 3; ++c)
          y[(line * p_.w + x) * 3 + c] =
              static_cast<T>((pixel[c] - static_cast<double>(p_.mean[c])) / static_cast<double>(p_.std[c]));
      }
    });
  }

 private:
  ImageInputProblem p_;
};

}  // namespace graft
