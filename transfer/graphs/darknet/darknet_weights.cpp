#include "transfer/graphs/darknet/darknet_weights.h"

#include <cstring>

namespace graft {

namespace {

struct Version {
  int32_t major, minor, revision;
};

Version version_of(std::span<const std::byte> bytes) {
  Version version;
  std::memcpy(&version, bytes.data(), sizeof version);
  return version;
}

// The count of images seen is 64 bits wide from version 0.2 on (load_weights_upto of darknet's parser.c).
size_t header_bytes(const Version& v) { return sizeof v + (v.major * 10 + v.minor >= 2 ? 8 : 4); }

}  // namespace

bool looks_like_darknet_weights(std::span<const std::byte> bytes) {
  constexpr size_t least = sizeof(Version) + 4;
  if (bytes.size() < least || bytes.size() % 4 != 0) return false;
  const Version v = version_of(bytes);
  const auto small = [](int32_t number) { return number >= 0 && number < 10; };
  return small(v.major) && small(v.minor) && v.revision >= 0 && v.revision < 100 && v.major + v.minor > 0 &&
         bytes.size() >= header_bytes(v);
}

DarknetWeights::DarknetWeights(const FileBytes& file) : name_(file.name), in_(file.name, file.bytes) {
  GRAFT_CHECK(looks_like_darknet_weights(file.bytes), format, file.name, ": is no darknet .weights file");
  in_.take(header_bytes(version_of(file.bytes)));
}

HostTensor DarknetWeights::take(const Shape& shape) {
  const auto count = static_cast<uint64_t>(shape.count());
  GRAFT_CHECK(count <= in_.left() / sizeof(float), format, name_, ": has ", in_.left() / sizeof(float),
              " floats left after ", taken_, ", where ", count, " are needed for ", shape,
              "; is it of another .cfg, or cut?");
  std::vector<float> values(count);
  std::memcpy(values.data(), in_.take(count * sizeof(float)).data(), count * sizeof(float));
  taken_ += count;
  return HostTensor::from(shape, std::move(values));
}

void DarknetWeights::check_used_up() const {
  GRAFT_CHECK(in_.left() == 0, format, name_, ": has ", in_.left() / sizeof(float), " floats more than the ",
              taken_, " that the .cfg needs; is it of another .cfg?");
}

}  // namespace graft
