#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "engine/check.h"
#include "transfer/data/csv.h"
#include "transfer/data/dataset.h"
#include "transfer/data/scan.h"
#include "transfer/weights/utf8.h"
#include "transfer/image/decode.h"

namespace fs = std::filesystem;

namespace graft {
namespace {

constexpr std::string_view kForm = "the header must be image,label or image,label,split";

struct Columns {
  size_t image = 0, label = 0, split = 0, count = 0;
  bool has_split = false;
};

Columns read_header(const CsvRow& header, const std::string& name) {
  Columns columns;
  columns.count = header.fields.size();
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < columns.count; ++i) {
    const std::string& field = header.fields[i];
    GRAFT_CHECK(field == "image" || field == "label" || field == "split", format, name, ": unknown column '",
                field, "'; ", kForm);
    GRAFT_CHECK(places.emplace(field, i).second, format, name, ": two columns '", field,
                "'; only single-label classification is supported, and ", kForm);
  }
  GRAFT_CHECK(places.contains("image") && places.contains("label"), format, name, ": ", kForm);
  columns.image = places["image"], columns.label = places["label"];
  columns.has_split = places.contains("split");
  if (columns.has_split) columns.split = places["split"];
  return columns;
}

bool is_number(std::string_view text) {
  double value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && end == text.data() + text.size() && error != std::errc::invalid_argument &&
         text.find_first_of("0123456789") != text.npos;
}

// "0 3 7" is a list of classes; "golden retriever" is one.
bool is_list_of_numbers(std::string_view text) {
  int numbers = 0;
  for (;;) {
    const size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    if (!word.empty() && !is_number(word)) return false;
    numbers += !word.empty();
    if (end == text.npos) return numbers > 1;
    text.remove_prefix(end + 1);
  }
}

void check_label(const std::string& label, const std::string& where) {
  GRAFT_CHECK(!label.empty(), format, where, "the label is empty");
  GRAFT_CHECK(is_utf8(label), format, where, "the label is not valid UTF-8");
  GRAFT_CHECK(label.front() != ' ' && label.back() != ' ', format, where, "the label '", label,
              "' begins or ends with a space");
  const bool several = label.find_first_of(";|,\n\t") != label.npos || label[0] == '[' || label[0] == '{' ||
                       is_list_of_numbers(label);
  GRAFT_CHECK(!several, format, where, "'", label,
              "' looks like several labels; only single-label classification is supported");
  const bool fraction = is_number(label) && label.find_first_of(".eE") != label.npos;
  GRAFT_CHECK(
      !fraction, format, where, "'", label,
      "' is a number with a fraction; only single-label classification is supported, no regression (write "
      "class numbers as whole numbers)");
}

std::string part_of(const std::string& split, const std::string& where) {
  if (split == "valid" || split == "validation") return "val";
  GRAFT_CHECK(split == "train" || split == "val" || split == "test", format, where, "split '", split,
              "' is not train, val, valid, validation or test");
  return split;
}

class Builder {
 public:
  Builder(const fs::path& file, const std::vector<CsvRow>& rows) : file_(file), name_(file.string()) {
    columns_ = read_header(rows.front(), name_);
    std::set<std::string> names;
    for (size_t i = 1; i < rows.size(); ++i) {
      check_row(rows[i]);
      names.insert(rows[i].fields[columns_.label]);
    }
    classes_.assign(names.begin(), names.end());
    for (size_t i = 1; i < rows.size(); ++i) add(rows[i]);
  }

  DataSource finish() {
    GRAFT_CHECK(parts_.contains("train"), format, name_, ": no readable image ",
                columns_.has_split ? "has split train" : "is listed");
    DataSource source{std::move(parts_["train"]), std::nullopt, std::nullopt};
    complete(source.train, "train");
    if (parts_.contains("val")) complete(source.val.emplace(std::move(parts_["val"])), "val");
    if (parts_.contains("test")) complete(source.test.emplace(std::move(parts_["test"])), "test");
    if (!source.val) source.val.swap(source.test);
    return source;
  }

 private:
  std::string where(const CsvRow& row) const { return text(name_, ": line ", row.line, ": "); }

  void check_row(const CsvRow& row) {
    GRAFT_CHECK(row.fields.size() == columns_.count, format, where(row), row.fields.size(),
                " fields instead of ", columns_.count, "; put quotes around a field with a comma");
    check_label(row.fields[columns_.label], where(row));
    const std::string& image = row.fields[columns_.image];
    GRAFT_CHECK(!image.empty(), format, where(row), "the image is empty");
    const auto [first, added] = lines_.emplace(fs::path(image).lexically_normal().generic_string(), row.line);
    GRAFT_CHECK(added, format, where(row), "'", image, "' is listed before, in line ", first->second,
                "; each image has one label");
  }

  void add(const CsvRow& row) {
    const std::string part = columns_.has_split ? part_of(row.fields[columns_.split], where(row)) : "train";
    const std::string& image = row.fields[columns_.image];
    const fs::path path = file_.parent_path() / image;
    std::error_code error;
    GRAFT_CHECK(fs::is_regular_file(path, error), file, where(row), "'", image,
                "' is not there; paths are relative to the table");
    const auto place = std::ranges::lower_bound(classes_, row.fields[columns_.label]);
    Dataset& data = parts_[part];
    if (is_readable_image(path, image, data.notes))
      data.samples.push_back({path, static_cast<int>(place - classes_.begin()), image});
  }

  void complete(Dataset& data, std::string_view part) {
    std::vector<int> counts(classes_.size());
    for (const Sample& sample : data.samples) ++counts[sample.label];
    for (size_t label = 0; label < classes_.size(); ++label)
      GRAFT_CHECK(counts[label] > 0, format, name_, ": class '", classes_[label], "' has no readable image",
                  columns_.has_split ? text(" in split ", part) : "", "; classes match by name");
    data.root = file_;
    data.classes = classes_;
    sort_by_name(data);
  }

  const fs::path& file_;
  std::string name_;
  Columns columns_;
  std::vector<std::string> classes_;
  std::map<std::string, int> lines_;
  std::map<std::string, Dataset> parts_;
};

}  // namespace

DataSource open_csv(const fs::path& file) {
  const auto bytes = read_image_file(file);
  const std::string_view content(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  GRAFT_CHECK(content.find('\0') == content.npos, format, file.string(),
              ": is neither a folder nor a table of images (", kForm, ")");
  const auto rows = parse_csv(content, file.string());
  GRAFT_CHECK(!rows.empty(), format, file.string(), ": is empty; ", kForm);
  return Builder(file, rows).finish();
}

}  // namespace graft
