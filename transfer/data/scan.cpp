#include "transfer/data/scan.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>

#include "engine/check.h"
#include "transfer/image/image_type.h"

namespace fs = std::filesystem;

namespace graft {
namespace {

ImageType type_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  GRAFT_CHECK(in, file, file.string(), ": cannot be opened; look at its permissions");
  std::array<std::byte, kImageTypeBytes> bytes;
  in.read(reinterpret_cast<char*>(bytes.data()), bytes.size());
  return image_type(std::span(bytes).first(static_cast<size_t>(in.gcount())));
}

bool named_like_an_image(const fs::path& file) {
  std::string ending = file.extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return std::tolower(c); });
  constexpr std::array endings = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".heic"};
  return std::ranges::count(endings, ending) > 0;
}

// `above` holds the folders on the way here, so that a link back to one of them ends the search.
void scan(const fs::path& folder, const std::string& prefix, int label, std::vector<fs::path>& above,
          Dataset& into) {
  std::error_code error;
  const fs::path here = fs::canonical(folder, error);
  GRAFT_CHECK(!error, file, folder.string(), ": ", error.message());
  GRAFT_CHECK(std::ranges::count(above, here) == 0, file, folder.string(),
              ": is a link to a folder that contains it; remove it");
  above.push_back(here);
  for (const fs::path& entry : visible_entries(folder)) {
    const std::string name = prefix + "/" + entry.filename().string();
    if (fs::is_directory(entry, error))
      scan(entry, name, label, above, into);
    else if (is_readable_image(entry, name, into.notes))
      into.samples.push_back({entry, label, name});
  }
  above.pop_back();
}

}  // namespace

std::vector<fs::path> visible_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  try {
    for (const auto& entry : fs::directory_iterator(folder))
      if (!entry.path().filename().string().starts_with('.')) entries.push_back(entry.path());
  } catch (const fs::filesystem_error& error) {
    fail(ErrorCode::file, folder.string(), ": cannot be listed: ", error.code().message());
  }
  std::ranges::sort(entries, {}, [](const fs::path& p) { return p.filename().string(); });
  return entries;
}

bool is_readable_image(const fs::path& file, const std::string& name, FileNotes& notes) {
  std::error_code error;
  const ImageType type = fs::is_regular_file(file, error) ? type_of(file) : ImageType::none;
  if (can_decode(type)) return true;
  if (type != ImageType::none) {
    notes.unsupported.push_back({name, std::string(image_type_name(type))});
    return false;
  }
  ++notes.non_images;
  if (named_like_an_image(file)) notes.misnamed.push_back(name);
  return false;
}

void scan_folder(const fs::path& folder, const std::string& prefix, int label, Dataset& into) {
  std::vector<fs::path> above;
  scan(folder, prefix, label, above, into);
}

void sort_by_name(Dataset& data) {
  std::ranges::sort(data.samples, {}, &Sample::name);
  std::ranges::sort(data.notes.misnamed);
  std::ranges::sort(data.notes.unsupported, {}, &FileNotes::Unsupported::name);
}

}  // namespace graft
