#include "transfer/report/write_file.h"

#include "transfer/weights/atomic_file.h"

namespace graft {

void write_text_file(const std::filesystem::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

}  // namespace graft
