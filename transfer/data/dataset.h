#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace graft {

struct Sample {
  std::filesystem::path path;
  int label = 0;     // index into Dataset::classes
  std::string name;  // path below the data set, with '/'; for sorting and for messages
};

// What was found beside the pictures. Hidden files are not even counted.
struct FileNotes {
  struct Unsupported {
    std::string name, type;
  };
  int64_t non_images = 0;
  std::vector<std::string> misnamed;     // those of them with a picture's ending; sorted
  std::vector<Unsupported> unsupported;  // pictures of kinds that cannot be read; sorted by name
  int64_t images_without_class = 0;      // beside the class folders instead of in one
};

// Samples are sorted by name and classes by name (bytewise), whatever order the file system lists them in.
struct Dataset {
  std::filesystem::path root;
  std::vector<std::string> classes;
  std::vector<Sample> samples;
  FileNotes notes;
};

// `val` and `test` where the data come split. Their classes are those of `train`, in the same order.
struct DataSource {
  Dataset train;
  std::optional<Dataset> val;
  std::optional<Dataset> test;
};

// A folder with one folder per class, searched recursively; or one whose only folders are `train` and one or
// more of `val`, `valid`, `validation`, `test`, which is the split itself (a `test` without the others takes
// the place of `val`); or a file of the form of open_csv(). Hidden files are ignored, and a file's type is
// its content. Links to folders are followed.
// Error (file, format) for: nothing to read, a class folder without a picture, classes that do not match.
DataSource open_data(const std::filesystem::path& path);

// One folder per class.
Dataset open_folder(const std::filesystem::path& folder);

// A table with the header image,label[,split] (RFC 4180), paths relative to it; split is train, val, valid,
// validation or test. Each picture has one class: several labels in one field, an image that is listed
// twice, and numbers with a fraction are refused. Whole numbers are names like any other.
DataSource open_csv(const std::filesystem::path& file);

// Renumbers the labels to the order of `classes`, by name. A class that is not in `classes` is an Error
// (format); so is one of `classes` that the data lack, unless `may_lack`.
void match_classes(Dataset& data, const std::vector<std::string>& classes, bool may_lack = false);

}  // namespace graft
