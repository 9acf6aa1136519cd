#include <algorithm>
#include <array>
#include <cstring>

#include "engine/check.h"
#include "transfer/image/exif.h"
#include "transfer/image/image_header.h"
#include "transfer/image/random_access_bytes.h"

// The structure of a JPEG file as ISO/IEC 10918-1 (ITU-T T.81) annex B has it.
namespace graft {
namespace {

constexpr uint32_t kDht = 0xc4, kDac = 0xcc, kEoi = 0xd9, kSos = 0xda, kDqt = 0xdb, kApp1 = 0xe1,
                   kApp14 = 0xee;

bool is_restart(uint32_t marker) { return marker >= 0xd0 && marker <= 0xd7; }
bool stands_alone(uint32_t marker) { return marker == 0x01 || marker == 0xd8 || is_restart(marker); }
bool is_frame(uint32_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != kDht && marker != 0xc8 && marker != kDac;
}

class Walker {
 public:
  Walker(std::span<const std::byte> file, const std::string& name) : read_{file}, name_(name) {}

  ImageHeader walk() {
    for (at_ = 2;;) {
      const uint32_t marker = next_marker();
      if (marker == kEoi) break;
      if (stands_alone(marker)) continue;
      const size_t length = read_.u16(at_);
      need(length >= 2, "a segment without length");
      GRAFT_CHECK(read_.has(at_, length), format, name_, ": is truncated");
      segment(marker, {read_.bytes.subspan(at_ + 2, length - 2)});
      at_ += length;
      if (marker == kSos) skip_scan();
    }
    need(frame_seen_, "no picture in it");
    for (const Component& c : components_) need(c.coded, "a colour component is never coded");
    return header_;
  }

 private:
  struct Component {
    uint32_t id, quantiser;
    bool coded = false;
  };

  void need(bool condition, const char* what) const {
    GRAFT_CHECK(condition, format, name_, ": is a damaged JPEG (", what, ")");
  }

  void supported(bool condition, const char* what) const {
    GRAFT_CHECK(condition, format, name_, ": is a JPEG with ", what,
                ", which is unsupported; save it as an ordinary RGB JPEG or PNG");
  }

  uint32_t next_marker() {
    // Some writers leave padding between segments.
    while (read_.has(at_, 2) && (read_.u8(at_) != 0xff || read_.u8(at_ + 1) == 0)) ++at_;
    while (read_.u8(at_) == 0xff) ++at_;
    GRAFT_CHECK(read_.has(at_, 1), format, name_, ": is truncated");
    return read_.u8(at_++);
  }

  // To the next marker that is not part of the coded data, where any number of FF before a 00 are one FF.
  void skip_scan() {
    const size_t size = read_.bytes.size();
    while (at_ < size) {
      const void* found = std::memchr(read_.bytes.data() + at_, 0xff, size - at_);
      if (!found) break;
      at_ = static_cast<const std::byte*>(found) - read_.bytes.data();
      size_t behind = at_ + 1;
      while (read_.u8(behind) == 0xff) ++behind;
      const uint32_t next = read_.u8(behind);
      if (next != 0 && !is_restart(next)) return;
      at_ = behind + 1;
    }
    fail(ErrorCode::format, name_, ": is truncated");
  }

  void segment(uint32_t marker, RandomAccessBytes body) {
    if (marker == kDht) return huffman_tables(body);
    if (marker == kDqt) return quantisers(body);
    if (marker == kSos) return scan(body);
    if (marker == kApp1) return app1(body);
    if (marker == kApp14 && body.has(0, 12) && std::memcmp(body.bytes.data(), "Adobe", 6) == 0)
      adobe_transform_ = static_cast<int>(body.u8(11));
    supported(marker != kDac, "arithmetic coding");
    if (is_frame(marker)) frame(marker, body);
  }

  void huffman_tables(RandomAccessBytes body) {
    for (size_t at = 0; at < body.bytes.size();) {
      need(body.has(at, 17), "a short Huffman table");
      const uint32_t kind = body.u8(at) >> 4, slot = body.u8(at) & 15;
      need(kind < 2 && slot < 4, "a Huffman table of unknown kind");
      size_t codes = 0;
      for (size_t i = 1; i <= 16; ++i) codes += body.u8(at + i);
      need(codes <= 256 && body.has(at + 17, codes), "a Huffman table with too many codes");
      huffman_defined_[kind][slot] = true;
      at += 17 + codes;
    }
  }

  void quantisers(RandomAccessBytes body) {
    for (size_t at = 0; at < body.bytes.size();) {
      const uint32_t wide = body.u8(at) >> 4, slot = body.u8(at) & 15;
      need(wide < 2 && slot < 4, "a quantiser of unknown kind");
      need(body.has(at, 65 + 64 * wide), "a short quantiser");
      quantiser_defined_[slot] = true;
      at += 65 + 64 * wide;
    }
  }

  void app1(RandomAccessBytes body) {
    if (exif_seen_ || !body.has(0, 6) || std::memcmp(body.bytes.data(), "Exif\0\0", 6) != 0) return;
    exif_seen_ = true;
    header_.orientation = exif_orientation(body.bytes.subspan(6));
  }

  void frame(uint32_t marker, RandomAccessBytes body) {
    need(!frame_seen_, "two pictures in it");
    supported(marker <= 0xc2, "lossless, hierarchical or arithmetic coding");
    supported(body.u8(0) == 8, "more than 8 bits a sample");
    supported(body.u16(1) != 0, "its height given late");
    frame_seen_ = true;
    progressive_ = marker == 0xc2;
    header_.height = body.u16(1), header_.width = body.u16(3);
    const uint32_t count = body.u8(5);
    need(body.bytes.size() == 6 + size_t{3} * count, "a frame header of the wrong length");
    supported(count == 1 || count == 3 || count == 4, "an unusual number of colour components");
    for (size_t i = 0; i < count; ++i) components_.push_back({body.u8(6 + 3 * i), body.u8(8 + 3 * i)});
    // Each 8 x 8 block of at least one component takes a bit or more.
    check_image_size(header_, header_.width * header_.height / 512, read_.bytes.size(), name_);
  }

  void scan(RandomAccessBytes body) {
    need(frame_seen_, "a scan before the frame");
    // Adobe's markers say what four components mean; without one, nobody knows.
    supported(components_.size() != 4 || adobe_transform_ == 0 || adobe_transform_ == 2,
              "four colour components of unknown meaning");
    const uint32_t count = body.u8(0);
    need(count >= 1 && count <= 4 && body.bytes.size() == 4 + size_t{2} * count,
         "a scan header of the wrong length");
    const uint32_t spectral_start = body.u8(1 + 2 * count), high_bit = body.u8(3 + 2 * count) >> 4;
    const bool needs_dc = !progressive_ || spectral_start == 0;
    const bool needs_ac = !progressive_ || spectral_start > 0;
    for (uint32_t i = 0; i < count; ++i) {
      const auto found = std::ranges::find(components_, body.u8(1 + 2 * i), &Component::id);
      need(found != components_.end(), "a scan of an unknown component");
      const uint32_t tables = body.u8(2 + 2 * i), dc = tables >> 4, ac = tables & 15;
      need(dc < 4 && ac < 4, "a scan with an unknown table");
      need(!needs_dc || huffman_defined_[0][dc], "a scan without its table");
      need(!needs_ac || huffman_defined_[1][ac], "a scan without its table");
      need(found->quantiser < 4 && quantiser_defined_[found->quantiser], "a scan without its quantiser");
      need(found->coded || !progressive_ || (needs_dc && high_bit == 0), "a refinement of nothing");
      found->coded = true;
    }
  }

  RandomAccessBytes read_;
  const std::string& name_;
  size_t at_ = 0;
  ImageHeader header_;
  std::vector<Component> components_;
  bool frame_seen_ = false, exif_seen_ = false, progressive_ = false;
  int adobe_transform_ = -1;
  std::array<std::array<bool, 4>, 2> huffman_defined_{};
  std::array<bool, 4> quantiser_defined_{};
};

}  // namespace

ImageHeader read_jpeg_header(std::span<const std::byte> file, const std::string& name) {
  return Walker(file, name).walk();
}

}  // namespace graft
