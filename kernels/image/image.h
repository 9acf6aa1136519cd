#pragma once

#include <ostream>

#include "engine/op.h"

namespace graft {

// How one picture of a batch becomes a network's input; batch_tables.h fills it in.
struct BatchPicture {
  int64_t pixels, row_bytes;      // bytes: where its first pixel lies in the batch's pixels, from row to row
  int64_t columns, rows;          // elements: where the tables of its two axes begin in the batch's taps
  int32_t column_taps, row_taps;  // weights kept for each place of a table
  int32_t flipped;                // 1: columns from right to left
};

// Table of an axis of `places`: first input [places], number of inputs [places], weights [places, taps].

struct ImageInputProblem {
  int64_t n, h, w;
  float mean[3] = {0, 0, 0}, std[3] = {1, 1, 1};
  DType dtype = DType::float32;
  friend std::ostream& operator<<(std::ostream& out, const ImageInputProblem& problem);
};

// Requires 8-bit RGB pixels, n BatchPictures, and taps (int32). Ensures y [n, h, w, 3] (assigned): each
// picture cut, resized along its rows and then along its columns, each time rounded to 8 bits, flipped, and
// (pixel - mean) / std of each channel. Integers up to there and one rounding of the quotient to float32: on
// every device bit for bit what the host's path in transfer/image makes.
struct ImageInput {
  static constexpr std::string_view name = "image_input";
  using Problem = ImageInputProblem;
  struct Args {
    TensorView pixels, pictures, taps, y;
  };
};

template <>
std::span<const Implementation<ImageInput>> implementations();

}  // namespace graft
