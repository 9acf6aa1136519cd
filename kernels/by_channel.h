#pragma once

#include "kernels/column_rows.h"
#include "kernels/views.h"

// Elementwise kernels with numbers that belong to a channel.
namespace graft::GRAFT_TARGET {

// y = f of the x at the same place. f.at<width>(channel) loads the channels' numbers once for all the rows of
// a thread; that answers (j, x of channel j) with y. Bound by memory: each x is read and y written once, in
// lines of 128 bytes, four rows of a thread under way together. y may be any of the x. y, x: [rows, columns]
template <int width, class F, class Output, class... Inputs>
GRAFT_KERNEL_BOUNDED(ColumnBlock<width>::threads)
void by_channel_kernel(F f, Output* y, int64_t rows, int64_t columns, const Inputs*... x) {
  constexpr int count = sizeof...(x);
  const auto place = ColumnPlace<width>::of_thread(columns);
  if (place.column >= columns) return;
  const auto channels = f.template at<width>(place.column);
  Floats<width> values[rows_a_thread][count];
  for_each_row(
      place, rows,
      [&](int i, int64_t row) {
        int k = 0;
        ((values[i][k++] = load_floats<width>(x + row * columns + place.column)), ...);
      },
      [&](int i, int64_t row) {
        Floats<width> out;
        GRAFT_UNROLL
        for (int j = 0; j < width; ++j) {
          float in[count];
          GRAFT_UNROLL
          for (int k = 0; k < count; ++k) in[k] = values[i][k].at[j];
          out.at[j] = channels(j, in);
        }
        store_floats(y + row * columns + place.column, out);
      });
}

// `four`: the rows and the channels' numbers can be accessed four at a time.
template <class F, class Output, class... Inputs>
void launch_by_channel(const char* name, const F& f, bool four, Output* y, int64_t rows, int64_t columns,
                       Stream& stream, const Inputs*... x) {
  const auto go = [&](auto width) {
    constexpr int channels = decltype(width)::value;
    launch(name, by_channel_kernel<channels, F, Output, Inputs...>, row_grid<channels>(rows, columns),
           ColumnBlock<channels>::size(), 0, stream, f, y, rows, columns, x...);
  };
  four ? go(std::integral_constant<int, 4>()) : go(std::integral_constant<int, 1>());
}

}  // namespace graft::GRAFT_TARGET
