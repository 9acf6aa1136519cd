#pragma once

#include "engine/check.h"

namespace graft {

struct RowsAndColumns {
  int64_t h, w;
};

// Caffe's three ways to give a size for rows and columns: once, or twice in a list, or as _h and _w.
template <class List>
RowsAndColumns sizes_of(std::string_view what, const List& list, bool has_h, uint64_t h, bool has_w,
                        uint64_t w, int64_t otherwise) {
  constexpr uint64_t largest = 1 << 20;
  GRAFT_CHECK(list.size() <= 2, format, "its ", what, " has ", list.size(), " sizes; graft reads two");
  RowsAndColumns sizes{otherwise, otherwise};
  const auto checked = [&](uint64_t size) {
    GRAFT_CHECK(size <= largest, format, "its ", what, " is ", size);
    return static_cast<int64_t>(size);
  };
  if (list.size() > 0) sizes = {checked(list[0]), checked(list[list.size() - 1])};
  if (has_h) sizes.h = checked(h);
  if (has_w) sizes.w = checked(w);
  return sizes;
}

}  // namespace graft
