#include "transfer/weights/inflate.h"

#include <zlib.h>

#include <algorithm>

namespace graft {
namespace {

class Stream {
 public:
  Stream() : ready_(::inflateInit2(&state, -MAX_WBITS) == Z_OK) {}
  ~Stream() {
    if (ready_) ::inflateEnd(&state);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  bool ready() const { return ready_; }
  z_stream state{};

 private:
  bool ready_;
};

// zlib counts in 32 bits.
uInt piece(size_t left) { return static_cast<uInt>(std::min<size_t>(left, 1u << 30)); }

}  // namespace

bool inflate_exactly(std::span<const std::byte> packed, std::span<std::byte> unpacked) {
  Stream stream;
  if (!stream.ready()) return false;
  z_stream& state = stream.state;
  std::byte nowhere{};  // zlib wants an address even when nothing fits there
  while (true) {
    state.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
    state.avail_in = piece(packed.size());
    state.next_out = reinterpret_cast<Bytef*>(unpacked.empty() ? &nowhere : unpacked.data());
    state.avail_out = piece(unpacked.size());
    const uInt in = state.avail_in, out = state.avail_out;
    const int status = ::inflate(&state, Z_NO_FLUSH);
    const size_t consumed = in - state.avail_in, produced = out - state.avail_out;
    packed = packed.subspan(consumed);
    unpacked = unpacked.subspan(produced);
    if (status == Z_STREAM_END) return packed.empty() && unpacked.empty();
    if (status != Z_OK || (consumed == 0 && produced == 0)) return false;
  }
}

}  // namespace graft
