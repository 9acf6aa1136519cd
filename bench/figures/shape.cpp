#include "bench/figures/shape.h"

#include <algorithm>
#include <cctype>
#include <limits>

#include "engine/check.h"

namespace graft::bench {

namespace {

const Letter& find_letter(char name, std::string_view text, std::span<const Letter> letters) {
  const auto found =
      std::find_if(letters.begin(), letters.end(), [&](const Letter& l) { return l.name == name; });
  GRAFT_CHECK(found != letters.end(), call, "shape ", text, ": '", name, "' is no size; there are ",
              meanings(letters));
  return *found;
}

// The number at the front of `rest`, which it leaves; no more than most + 1, so that nothing overflows.
int64_t take_number(std::string_view& rest, const Letter& letter, std::string_view text) {
  GRAFT_CHECK(!rest.empty() && std::isdigit(static_cast<unsigned char>(rest[0])), call, "shape ", text, ": '",
              letter.name, "' has no number");
  int64_t value = 0;
  for (; !rest.empty() && std::isdigit(static_cast<unsigned char>(rest[0])); rest.remove_prefix(1))
    value = std::min(10 * value + (rest[0] - '0'), letter.most + 1);
  GRAFT_CHECK(value >= letter.least && value <= letter.most, call, "shape ", text, ": ", letter.name,
              " must be a number from ", letter.least, " to ", letter.most);
  return value;
}

int64_t silent_value(const Letter& letter, const Sizes& sizes) {
  return letter.like ? sizes.at(letter.like) : letter.otherwise;
}

}  // namespace

Sizes parse_shape(std::string_view text, std::span<const Letter> letters) {
  Sizes sizes;
  std::string_view rest = text;
  while (!rest.empty()) {
    const Letter& letter = find_letter(rest[0], text, letters);
    rest.remove_prefix(1);
    const int64_t value = take_number(rest, letter, text);
    GRAFT_CHECK(sizes.emplace(letter.name, value).second, call, "shape ", text, ": '", letter.name,
                "' is given twice");
  }
  for (const Letter& letter : letters) sizes.emplace(letter.name, silent_value(letter, sizes));
  return sizes;
}

std::string text_of(const Sizes& sizes, std::span<const Letter> letters) {
  std::string out;
  for (const Letter& letter : letters) {
    const int64_t value = sizes.at(letter.name);
    if (letter.shown || value != silent_value(letter, sizes)) out += letter.name + std::to_string(value);
  }
  return out;
}

std::string meanings(std::span<const Letter> letters) {
  std::string out;
  for (const Letter& letter : letters)
    out += text(out.empty() ? "" : ", ", letter.name, " (", letter.meaning, ')');
  return out;
}

void check_elements(std::string_view tensor, double elements) {
  constexpr double most = std::numeric_limits<int32_t>::max();
  GRAFT_CHECK(elements <= most, call, "shape: ", tensor, " would have ", elements, " elements; the most is ",
              static_cast<int64_t>(most));
}

}  // namespace graft::bench
