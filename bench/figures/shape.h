#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace graft::bench {

// A size that a shape's text may name by one letter.
struct Letter {
  char name;
  std::string_view meaning;
  int64_t least, most;
  int64_t otherwise;  // where the text is silent
  char like = 0;      // then the value of this letter, an earlier one
  bool shown = true;  // in text_of() even where it has the value that silence means
};

using Sizes = std::map<char, int64_t>;

// "n32h56w56c64k64r3s3p1", letters in any order; one for each letter comes back. Throws Error{call} for an
// unknown letter, one without a number or given twice, and a number out of its range.
Sizes parse_shape(std::string_view text, std::span<const Letter> letters);

// What parse_shape() makes the same sizes of.
std::string text_of(const Sizes& sizes, std::span<const Letter> letters);

// "n images, h w input rows and columns": for messages.
std::string meanings(std::span<const Letter> letters);

// Throws Error{call} where a tensor has more elements than 2^31 - 1; counted in double, which cannot
// overflow.
void check_elements(std::string_view tensor, double elements);

}  // namespace graft::bench
