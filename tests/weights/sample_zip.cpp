#include <doctest/doctest.h>
#include <zlib.h>

#include "weights/samples.h"

namespace graft::test {
namespace {

std::string deflated(const std::string& content) {
  z_stream state{};
  REQUIRE(deflateInit2(&state, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&state, content.size()), '\0');
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  state.avail_in = static_cast<uInt>(content.size());
  state.next_out = reinterpret_cast<Bytef*>(packed.data());
  state.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&state, Z_FINISH) == Z_STREAM_END);
  packed.resize(state.total_out);
  deflateEnd(&state);
  return packed;
}

uint32_t narrow(uint64_t value, bool zip64) { return zip64 ? 0xffffffffu : static_cast<uint32_t>(value); }

void append_end(std::string& file, uint64_t count, uint64_t offset, bool zip64) {
  const uint64_t size = file.size() - offset;
  if (zip64) {
    const uint64_t end64 = file.size();
    append(file, 0x06064b50u);
    append(file, uint64_t{44});
    append(file, uint16_t{45});
    append(file, uint16_t{45});
    append(file, uint64_t{0});
    append(file, count);
    append(file, count);
    append(file, size);
    append(file, offset);
    append(file, 0x07064b50u);
    append(file, uint32_t{0});
    append(file, end64);
    append(file, uint32_t{1});
  }
  append(file, 0x06054b50u);
  append(file, uint32_t{0});
  append(file, static_cast<uint16_t>(zip64 ? 0xffff : count));
  append(file, static_cast<uint16_t>(zip64 ? 0xffff : count));
  append(file, narrow(size, zip64));
  append(file, narrow(offset, zip64));
  append(file, uint16_t{0});
}

void append_common(std::string& file, const ZipEntry& entry, bool zip64) {
  append(file, entry.flags);
  append(file, entry.method);
  append(file, uint32_t{0});
  append(file, entry.crc);
  append(file, narrow(entry.packed_size, zip64));
  append(file, narrow(entry.size, zip64));
  append(file, static_cast<uint16_t>(entry.name.size()));
}

void append_local(std::string& file, const ZipEntry& entry) {
  append(file, 0x04034b50u);
  append(file, uint16_t{20});
  append_common(file, entry, false);
  append(file, uint16_t{0});
  file += entry.name + entry.packed;
}

void append_central(std::string& file, const ZipEntry& entry, uint64_t local, bool zip64) {
  append(file, 0x02014b50u);
  append(file, uint32_t{20});
  append_common(file, entry, zip64);
  append(file, static_cast<uint16_t>(zip64 ? 28 : 0));
  append(file, uint16_t{0});
  append(file, uint64_t{0});
  append(file, narrow(local, zip64));
  file += entry.name;
  if (!zip64) return;
  append(file, uint16_t{1});
  append(file, uint16_t{24});
  append(file, entry.size);
  append(file, entry.packed_size);
  append(file, local);
}

}  // namespace

ZipEntry zip_entry(std::string name, std::string content, bool deflate) {
  ZipEntry entry;
  entry.name = std::move(name);
  entry.content = std::move(content);
  entry.deflate = deflate;
  entry.packed = deflate ? deflated(entry.content) : entry.content;
  entry.size = entry.content.size();
  entry.packed_size = entry.packed.size();
  entry.crc = static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(entry.content.data()),
                                          static_cast<uInt>(entry.content.size())));
  entry.method = deflate ? 8 : 0;
  return entry;
}

std::string zip_file(const std::vector<ZipEntry>& entries, bool zip64) {
  std::string file;
  std::vector<uint64_t> places;
  for (const ZipEntry& entry : entries) {
    places.push_back(file.size());
    append_local(file, entry);
  }
  const uint64_t directory = file.size();
  for (size_t i = 0; i < entries.size(); ++i) append_central(file, entries[i], places[i], zip64);
  append_end(file, entries.size(), directory, zip64);
  return file;
}

}  // namespace graft::test
