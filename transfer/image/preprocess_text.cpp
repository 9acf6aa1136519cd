#include <charconv>
#include <cmath>
#include <vector>

#include "engine/check.h"
#include "transfer/image/preprocess.h"

namespace graft {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <class Number>
Number number(std::string_view text, std::string_view what, std::string_view spec) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  GRAFT_CHECK(error == std::errc() && end == text.data() + text.size(), call, "preprocessing '", spec,
              "': ", what, " '", text, "' is not a number");
  return value;
}

std::array<float, 3> three(std::string_view text, std::string_view what, std::string_view spec) {
  const auto parts = split(text, ',');
  GRAFT_CHECK(parts.size() == 1 || parts.size() == 3, call, "preprocessing '", spec, "': ", what,
              " must be one number or three with commas");
  std::array<float, 3> values;
  for (size_t c = 0; c < 3; ++c) {
    values[c] = number<float>(parts[parts.size() == 1 ? 0 : c], what, spec);
    GRAFT_CHECK(std::isfinite(values[c]), call, "preprocessing '", spec, "': ", what, " must be finite");
  }
  return values;
}

Filter filter_from(std::string_view name, std::string_view spec) {
  for (Filter filter : {Filter::box, Filter::bilinear, Filter::bicubic})
    if (filter_name(filter) == name) return filter;
  fail(ErrorCode::call, "preprocessing '", spec, "': FILTER '", name, "' is not box, bilinear or bicubic");
}

void append(std::string& out, const std::array<float, 3>& values) {
  for (int c = 0; c < 3; ++c) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, values[c]).ptr;
    if (c) out += ',';
    out.append(digits, end);
  }
}

// What the users of a framework do to pixels, resized to 256 and cropped to 224 where it does not matter.
struct Usual {
  std::string_view name, spec;
};
constexpr Usual usual[] = {
    {"torchvision", "123.675,116.28,103.53/58.395,57.12,57.375"},
    {"lite", "127/128/256/224/bicubic"},
    {"keras", "127.5/127.5"},
    {"caffe", "104,117,123/1/bgr"},
    {"darknet", "0/255/224/224/bilinear"},
};

std::string_view usual_spec(std::string_view name) {
  for (const Usual& known : usual)
    if (known.name == name) return known.spec;
  return {};
}

}  // namespace

Preprocessing parse_preprocessing(std::string_view spec) {
  if (const std::string_view known = usual_spec(spec); !known.empty()) return parse_preprocessing(known);
  auto parts = split(spec, '/');
  Preprocessing out;
  out.bgr = parts.back() == "bgr";
  if (out.bgr) parts.pop_back();
  GRAFT_CHECK(parts.size() == 2 || parts.size() == 5, call, "preprocessing '", spec,
              "' is not torchvision, lite, keras, caffe, darknet or MEAN/STD[/RESIZE/CROP/FILTER][/bgr]");
  out.mean = three(parts[0], "MEAN", spec);
  out.std = three(parts[1], "STD", spec);
  for (float value : out.std)
    GRAFT_CHECK(value >= 1, call, "preprocessing '", spec,
                "': STD is below 1; MEAN and STD are on pixel values of 0 to 255, so multiply those for 0 to "
                "1 by 255");
  if (parts.size() == 2) return out;
  out.resize_shorter = number<int>(parts[2], "RESIZE", spec);
  out.crop = number<int>(parts[3], "CROP", spec);
  out.filter = filter_from(parts[4], spec);
  GRAFT_CHECK(out.crop >= 1 && out.resize_shorter >= out.crop && out.resize_shorter <= 8192, call,
              "preprocessing '", spec, "': CROP must be at least 1, and RESIZE from CROP to 8192");
  return out;
}

std::string to_string(const Preprocessing& preprocessing) {
  std::string out;
  append(out, preprocessing.mean);
  out += '/';
  append(out, preprocessing.std);
  return text(out, '/', preprocessing.resize_shorter, '/', preprocessing.crop, '/',
              filter_name(preprocessing.filter), preprocessing.bgr ? "/bgr" : "");
}

}  // namespace graft
