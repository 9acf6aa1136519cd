#include "transfer/weights/npy_header.h"

#include <charconv>

#include "engine/shape.h"

namespace graft {
namespace {

constexpr uint64_t longest_header = 65536;

DType dtype_named(const std::string& where, std::string_view name) {
  constexpr std::pair<std::string_view, DType> types[] = {
      {"f4", DType::float32}, {"f8", DType::float64}, {"f2", DType::float16},
      {"i1", DType::int8},    {"u1", DType::uint8},   {"b1", DType::uint8},
      {"i2", DType::int16},   {"i4", DType::int32},   {"i8", DType::int64},
  };
  const std::string_view order = name.substr(0, 1);
  for (const auto& [known, dtype] : types)
    if (name.substr(order.size()) == known && (order == "<" || (order == "|" && size_of(dtype) == 1)))
      return dtype;
  fail(ErrorCode::format, where, ": holds elements of type ", printable(name),
       "; graft reads little-endian f2 f4 f8 i1 u1 i2 i4 i8");
}

// Reads the one form of Python dictionary that the header may be.
class HeaderText {
 public:
  HeaderText(const std::string& where, std::string_view text) : where_(where), text_(text) {}

  NpyHeader parse() {
    NpyHeader header;
    unsigned seen = 0;
    expect('{');
    while (!accept('}')) {
      const std::string_view key = quoted();
      expect(':');
      const unsigned bit = key == "descr" ? 1 : key == "fortran_order" ? 2 : key == "shape" ? 4 : 0;
      check(bit && !(seen & bit), "a wrong or repeated key");
      seen |= bit;
      if (bit == 1) header.dtype = dtype_named(where_, quoted());
      if (bit == 2) header.column_major = truth();
      if (bit == 4) header.sizes = tuple();
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    check(text_.empty(), "text behind its end");
    check(seen == 7, "not all of descr, fortran_order and shape");
    return header;
  }

 private:
  void check(bool sound, const char* what) const {
    GRAFT_CHECK(sound, format, where_, ": its .npy header has ", what, "; the file is damaged");
  }
  void skip_space() {
    const size_t begin = text_.find_first_not_of(" \n\t");
    text_.remove_prefix(begin == std::string_view::npos ? text_.size() : begin);
  }
  bool accept(char wanted) {
    skip_space();
    if (!text_.starts_with(wanted)) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) { check(accept(wanted), "an unexpected character"); }

  std::string_view quoted() {
    skip_space();
    check(!text_.empty() && (text_[0] == '\'' || text_[0] == '"'), "no text where one is expected");
    const size_t end = text_.find(text_[0], 1);
    check(end != std::string_view::npos, "a text without an end");
    const std::string_view content = text_.substr(1, end - 1);
    text_.remove_prefix(end + 1);
    return content;
  }

  bool truth() {
    skip_space();
    for (const auto& [name, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}})
      if (text_.starts_with(name)) {
        text_.remove_prefix(name.size());
        return value;
      }
    check(false, "no truth value in fortran_order");
    return false;
  }

  int64_t integer() {
    skip_space();
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    check(error == std::errc{}, "no number in its shape");
    text_.remove_prefix(static_cast<size_t>(end - text_.data()));
    if (text_.starts_with('L')) text_.remove_prefix(1);  // Python 2
    return value;
  }

  std::vector<int64_t> tuple() {
    std::vector<int64_t> values;
    expect('(');
    while (!accept(')')) {
      check(values.size() < Shape::max_rank, "more than 6 dimensions");
      values.push_back(integer());
      if (accept(',')) continue;
      expect(')');
      break;
    }
    return values;
  }

  const std::string& where_;
  std::string_view text_;
};

}  // namespace

NpyHeader read_npy_header(const std::string& where, ByteReader& in) {
  GRAFT_CHECK(in.take_text(6) == "\x93NUMPY", format, where, ": does not begin as a .npy file does");
  const auto version = in.read<uint8_t>();
  in.take(1);
  GRAFT_CHECK(version >= 1 && version <= 3, format, where, ": is .npy version ", int{version},
              "; graft reads 1 to 3");
  const uint64_t length = version == 1 ? in.read<uint16_t>() : in.read<uint32_t>();
  GRAFT_CHECK(length <= longest_header, format, where, ": its .npy header has ", length, " bytes");
  return HeaderText(where, in.take_text(length)).parse();
}

}  // namespace graft
