#include "transfer/weights/zip_archive.h"

#include <zlib.h>

#include <algorithm>
#include <optional>

#include "transfer/weights/inflate.h"

namespace graft {
namespace {

constexpr uint32_t local_signature = 0x04034b50, central_signature = 0x02014b50, end_signature = 0x06054b50,
                   end64_signature = 0x06064b50, locator64_signature = 0x07064b50;
constexpr uint64_t end_size = 22, locator64_size = 20;

struct Directory {
  uint64_t entries, size, offset;
};

// Where the "end of central directory" record begins: its comment must reach exactly to the file's end.
uint64_t find_end_record(const FileBytes& file) {
  const uint64_t size = file.bytes.size();
  for (uint64_t comment = 0; comment <= 0xffff && size >= end_size + comment; ++comment) {
    ByteReader in(file.name, file.bytes, size - end_size - comment);
    if (in.read<uint32_t>() != end_signature) continue;
    in.take(16);
    if (in.read<uint16_t>() == comment) return size - end_size - comment;
  }
  fail(ErrorCode::format, file.name, ": is a zip archive without an end; it is truncated, download it again");
}

// Newer archives repeat the end record with 64-bit fields, found through a locator just before the old one.
std::optional<Directory> find_directory64(const FileBytes& file, uint64_t end) {
  if (end < locator64_size) return std::nullopt;
  ByteReader locator(file.name, file.bytes, end - locator64_size);
  if (locator.read<uint32_t>() != locator64_signature) return std::nullopt;
  locator.take(4);
  ByteReader in(file.name, file.bytes, locator.read<uint64_t>());
  GRAFT_CHECK(in.read<uint32_t>() == end64_signature, format, file.name, ": its zip64 end record is damaged");
  in.take(28);
  Directory directory{};
  directory.entries = in.read<uint64_t>();
  directory.size = in.read<uint64_t>();
  directory.offset = in.read<uint64_t>();
  return directory;
}

Directory find_directory(const FileBytes& file) {
  const uint64_t end = find_end_record(file);
  std::optional<Directory> directory = find_directory64(file, end);
  if (!directory) {
    ByteReader in(file.name, file.bytes, end + 10);
    directory.emplace();
    directory->entries = in.read<uint16_t>();
    directory->size = in.read<uint32_t>();
    directory->offset = in.read<uint32_t>();
  }
  GRAFT_CHECK(directory->offset <= end && directory->size <= end - directory->offset, format, file.name,
              ": its zip directory lies outside the file; it is truncated or damaged");
  return *directory;
}

// One directory record, before its data has been looked for.
struct Record {
  std::string_view name;
  uint16_t flags, method;
  uint32_t crc;
  uint64_t packed, size, local;
};

// The zip64 extra field holds, in this order, just those fields whose 32 bits are all set.
void read_zip64_extra(std::string_view where, std::span<const std::byte> extra, Record& record) {
  ByteReader in(where, extra);
  while (in.left() >= 4) {
    const auto id = in.read<uint16_t>();
    ByteReader field(where, in.take(in.read<uint16_t>()));
    if (id != 1) continue;
    for (uint64_t* value : {&record.size, &record.packed, &record.local})
      if (*value == 0xffffffff) *value = field.read<uint64_t>();
    return;
  }
}

Record read_record(const FileBytes& file, ByteReader& in) {
  GRAFT_CHECK(in.read<uint32_t>() == central_signature, format, file.name, ": its zip directory is damaged");
  Record record{};
  in.take(4);
  record.flags = in.read<uint16_t>();
  record.method = in.read<uint16_t>();
  in.take(4);
  record.crc = in.read<uint32_t>();
  record.packed = in.read<uint32_t>();
  record.size = in.read<uint32_t>();
  const auto name_length = in.read<uint16_t>();
  const auto extra_length = in.read<uint16_t>();
  const auto comment_length = in.read<uint16_t>();
  in.take(8);
  record.local = in.read<uint32_t>();
  record.name = in.take_text(name_length);
  read_zip64_extra(file.name, in.take(extra_length), record);
  in.take(comment_length);
  return record;
}

// The entry's bytes follow its local header, whose name and extra field have lengths of their own.
ZipArchive::Entry locate(const FileBytes& file, const Record& record, uint64_t directory_offset) {
  const std::string where = file.name + ": " + printable(record.name);
  GRAFT_CHECK(!(record.flags & 1), format, where, ": is encrypted");
  GRAFT_CHECK(record.method == 0 || record.method == 8, format, where, ": is packed with method ",
              record.method, "; graft reads stored and deflated entries");
  GRAFT_CHECK(record.method == 8 || record.packed == record.size, format, where,
              ": is stored, but with two sizes: ", record.packed, " and ", record.size);
  ByteReader in(where, file.bytes.first(directory_offset), std::min(record.local, directory_offset));
  GRAFT_CHECK(in.read<uint32_t>() == local_signature, format, where, ": its zip header is damaged");
  in.take(22);
  const auto name_length = in.read<uint16_t>();
  const auto extra_length = in.read<uint16_t>();
  GRAFT_CHECK(in.take_text(name_length) == record.name, format, where, ": has two names in the zip archive");
  in.take(extra_length);
  return {std::string(record.name), in.take(record.packed), record.size, record.crc, record.method == 8};
}

// Entries that share bytes serve no purpose but to unpack to more than the file justifies.
void check_apart(const FileBytes& file, const std::vector<ZipArchive::Entry>& entries) {
  std::vector<std::span<const std::byte>> ranges;
  for (const auto& entry : entries)
    if (!entry.packed.empty()) ranges.push_back(entry.packed);
  std::sort(ranges.begin(), ranges.end(), [](auto a, auto b) { return a.data() < b.data(); });
  for (size_t i = 1; i < ranges.size(); ++i)
    GRAFT_CHECK(ranges[i - 1].data() + ranges[i - 1].size() <= ranges[i].data(), format, file.name,
                ": two zip entries overlap at byte ", ranges[i].data() - file.bytes.data());
}

void check_inflated_size(const FileBytes& file, const std::vector<ZipArchive::Entry>& entries) {
  uint64_t budget = (uint64_t{64} << 20) + 64 * file.bytes.size();
  for (const auto& entry : entries) {
    if (!entry.deflated) continue;
    GRAFT_CHECK(entry.size <= budget, format, file.name, ": ", printable(entry.name), " would unpack to ",
                entry.size, " bytes, more than 64 times the file; it is not unpacked");
    budget -= entry.size;
  }
}

bool has_checksum(std::span<const std::byte> bytes, uint32_t expected) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  return true;  // no fuzzer finds a checksum by chance, and what lies behind it is to be read
#else
  const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
  return expected == ::crc32_z(::crc32_z(0, nullptr, 0), data, bytes.size());
#endif
}

}  // namespace

ZipArchive::ZipArchive(const FileBytes& file) : file_(file) {
  const Directory directory = find_directory(file_);
  ByteReader in(file_.name, file_.bytes.subspan(directory.offset, directory.size));
  for (uint64_t i = 0; i < directory.entries; ++i) {
    const Record record = read_record(file_, in);
    GRAFT_CHECK(index_.emplace(record.name, entries_.size()).second, format, file_.name,
                ": has two zip entries named ", printable(record.name));
    entries_.push_back(locate(file_, record, directory.offset));
  }
  check_apart(file_, entries_);
  check_inflated_size(file_, entries_);
}

const ZipArchive::Entry* ZipArchive::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &entries_[found->second];
}

FileBytes ZipArchive::open(const Entry& entry) const {
  FileBytes content{file_.name + ": " + printable(entry.name), entry.packed, file_.owner};
  if (entry.deflated) {
    auto buffer = std::make_shared<std::vector<std::byte>>(entry.size);
    GRAFT_CHECK(inflate_exactly(entry.packed, *buffer), format, content.name, ": does not unpack to the ",
                entry.size, " bytes it declares; the file is damaged");
    content.bytes = *buffer;
    content.owner = buffer;
  }
  GRAFT_CHECK(entry.crc == 0 || has_checksum(content.bytes, entry.crc), format, content.name,
              ": its checksum is wrong; the file is damaged, download it again");
  return content;
}

}  // namespace graft
