#include "graphs/darknet/darknet_files.h"

namespace graft::test {

std::string darknet_header(bool old) {
  std::string bytes;
  append<int32_t>(bytes, 0);
  append<int32_t>(bytes, old ? 1 : 2);
  append<int32_t>(bytes, 5);
  if (old)
    append<int32_t>(bytes, 32013312);
  else
    append<int64_t>(bytes, 32013312);
  return bytes;
}

std::string darknet_floats(const std::vector<Floats>& parts) {
  std::string bytes;
  for (const Floats& part : parts)
    for (float value : part) append(bytes, value);
  return bytes;
}

}  // namespace graft::test
