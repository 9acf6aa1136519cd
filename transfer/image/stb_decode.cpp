#include "transfer/image/stb_decode.h"

#include <cstdlib>

// Zeroed memory: what a damaged file leaves undecoded is then black, not what lay there before.
#define STBI_MALLOC(size) std::calloc(1, size)
#define STBI_REALLOC(p, size) std::realloc(p, size)
#define STBI_FREE(p) std::free(p)
#define STBI_ASSERT(condition) static_cast<void>(0)
#define STBI_MAX_DIMENSIONS (1 << 27)
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>

namespace graft {

StbPixels stb_decode(std::span<const std::byte> file, int channels) {
  StbPixels out{0, 0, {nullptr, stbi_image_free}};
  int in_file = 0;
  out.data.reset(stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(file.data()),
                                       static_cast<int>(file.size()), &out.width, &out.height, &in_file,
                                       channels));
  if (!out.data) out.error = stbi_failure_reason();
  return out;
}

std::string_view decoder_name() { return "stb_image " GRAFT_STB_IMAGE_VERSION; }

}  // namespace graft
