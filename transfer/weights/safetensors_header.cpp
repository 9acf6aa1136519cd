#include "transfer/weights/safetensors_header.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "engine/shape.h"

namespace graft {
namespace {

using nlohmann::json;

constexpr std::string_view metadata_key = "__metadata__";

// BOOL is read as the bytes it is, and written as U8.
constexpr std::pair<std::string_view, DType> dtype_names[] = {
    {"F32", DType::float32}, {"F64", DType::float64}, {"BF16", DType::bfloat16}, {"F16", DType::float16},
    {"I8", DType::int8},     {"U8", DType::uint8},    {"I16", DType::int16},     {"I32", DType::int32},
    {"I64", DType::int64},   {"BOOL", DType::uint8},
};

// Takes the header as a stream of events, as there is a place for each and any other is an error: no depth to
// exhaust, no repeated key to lose, no tree to build.
class Events : public nlohmann::json_sax<json> {
 public:
  explicit Events(const std::string& where) : where_(where) {}

  SafetensorsHeader header;

  bool start_object(std::size_t) override {
    if (depth_ == 0) {
      depth_ = 1;
    } else if (depth_ == 1) {
      depth_ = 2;
      if (!in_metadata_) header.entries.push_back({.name = tensor_, .sizes = {}});
      fields_.clear();
    } else {
      fail_here("an object");
    }
    return true;
  }

  bool key(string_t& text) override {
    if (depth_ == 1) {
      in_metadata_ = text == metadata_key;
      tensor_ = text;
      check(names_.insert(text).second, "a repeated name");
    } else {
      check(fields_.insert(text).second, "a repeated key");
      field_ = text;
    }
    return true;
  }

  bool end_object() override {
    if (depth_ == 2 && !in_metadata_) {
      check(fields_.size() == 3 && offsets_ == 2, "no whole set of dtype, shape and two data_offsets");
      offsets_ = 0;
    }
    --depth_;
    in_metadata_ = in_metadata_ && depth_ == 2;
    return true;
  }

  bool start_array(std::size_t) override {
    check(depth_ == 2 && !in_metadata_ && (field_ == "shape" || field_ == "data_offsets"), "a list");
    depth_ = 3;
    return true;
  }
  bool end_array() override {
    depth_ = 2;
    return true;
  }

  bool string(string_t& text) override {
    check(depth_ == 2, "a string");
    if (in_metadata_) {
      header.metadata.emplace(field_, text);
      return true;
    }
    check(field_ == "dtype", "a string");
    for (const auto& [name, dtype] : dtype_names)
      if (name == text) {
        entry().dtype = dtype;
        return true;
      }
    fail(ErrorCode::format, where_, ": ", printable(tensor_), " has the dtype ", printable(text),
         ", which graft does not read");
  }

  bool number_unsigned(number_unsigned_t value) override {
    check(depth_ == 3, "a number");
    if (field_ == "shape") {
      check(entry().sizes.size() < Shape::max_rank, "more than 6 dimensions");
      check(std::in_range<int64_t>(value), "a size that no tensor has");
      entry().sizes.push_back(static_cast<int64_t>(value));
    } else {
      check(offsets_ < 2, "more than two data_offsets");
      (offsets_++ == 0 ? entry().begin : entry().end) = value;
    }
    return true;
  }

  bool null() override { fail_here("null"); }
  bool boolean(bool) override { fail_here("a boolean"); }
  bool number_integer(number_integer_t) override { fail_here("a negative number"); }
  bool number_float(number_float_t, const string_t&) override { fail_here("a fraction"); }
  bool binary(binary_t&) override { fail_here("binary data"); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    fail(ErrorCode::format, where_, ": its header is no JSON at byte ", position + 8,
         "; the file is damaged");
  }

 private:
  SafetensorsEntry& entry() { return header.entries.back(); }

  [[noreturn]] void fail_here(const char* what) const {
    fail(ErrorCode::format, where_, ": its header has ", what, " out of place, near ",
         tensor_.empty() ? "its beginning" : printable(tensor_), "; the file is damaged");
  }
  void check(bool sound, const char* what) const {
    if (!sound) fail_here(what);
  }

  const std::string& where_;
  int depth_ = 0;
  bool in_metadata_ = false;
  int offsets_ = 0;
  std::string tensor_, field_;
  std::set<std::string> names_, fields_;
};

std::string quoted(const std::string& text) {
  try {
    return json(text).dump();
  } catch (const json::exception&) {
    fail(ErrorCode::call, "cannot write the text \"", printable(text),
         "\" to a safetensors file: it is no UTF-8");
  }
}

std::string_view file_name_of(DType type) {
  for (const auto& [name, dtype] : dtype_names)
    if (dtype == type) return name;
  fail(ErrorCode::call, "safetensors has no name for the dtype numbered ", static_cast<int>(type));
}

// Not through a stream: the program's locale could group digits.
std::string joined(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (std::string_view part : parts) out += part;
  return out;
}

std::string metadata_text(const std::map<std::string, std::string>& metadata) {
  std::string pairs;
  for (const auto& [key, value] : metadata)
    pairs += joined({pairs.empty() ? "" : ",", quoted(key), ":", quoted(value)});
  return joined({quoted(std::string(metadata_key)), ":{", pairs, "}"});
}

std::string entry_text(const SafetensorsEntry& entry) {
  std::string sizes;
  for (int64_t size : entry.sizes) sizes += joined({sizes.empty() ? "" : ",", std::to_string(size)});
  return joined({quoted(entry.name), R"(:{"dtype":")", file_name_of(entry.dtype), R"(","shape":[)", sizes,
                 R"(],"data_offsets":[)", std::to_string(entry.begin), ",", std::to_string(entry.end), "]}"});
}

}  // namespace

SafetensorsHeader parse_safetensors_header(const std::string& where, std::string_view text) {
  Events events(where);
  json::sax_parse(text.begin(), text.end(), &events);
  return std::move(events.header);
}

std::string safetensors_header_text(const SafetensorsHeader& header) {
  std::string json = "{";
  if (!header.metadata.empty()) json += metadata_text(header.metadata);
  for (const SafetensorsEntry& entry : header.entries) {
    if (json.size() > 1) json += ',';
    json += entry_text(entry);
  }
  return json + '}';
}

}  // namespace graft
