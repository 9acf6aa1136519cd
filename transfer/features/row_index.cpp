#include "transfer/features/row_index.h"

#include <cstring>

#include "engine/check.h"
#include "transfer/weights/atomic_file.h"
#include "transfer/weights/mapped_file.h"

namespace graft {

namespace {

constexpr std::string_view first_line = "graft features 1\n";
static_assert(sizeof(RowIndex::Entry) == 32, "entries are written as they lie in memory");

template <class T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

}  // namespace

void RowIndex::write(const std::filesystem::path& path) const {
  AtomicFile file(path);
  Digester digester;
  const auto put = [&](std::span<const std::byte> bytes) {
    file.write(bytes);
    digester.add(bytes);
  };
  put(as_file_bytes(first_line));
  for (const uint64_t number : {row_bytes, uint64_t{description.size()}, uint64_t{entries.size()}})
    put(bytes_of(number));
  put(as_file_bytes(description));
  put(std::as_bytes(std::span(entries)));
  file.write(bytes_of(digester.digest()));
  file.commit();
}

void RowIndex::read(const std::filesystem::path& path) {
  const FileBytes file = map_file(path);
  ByteReader reader(file.name, file.bytes);
  GRAFT_CHECK(reader.take_text(std::min<uint64_t>(first_line.size(), reader.left())) == first_line, format,
              file.name, ": does not begin as an index of features");
  const auto size = reader.read<uint64_t>(), text_bytes = reader.read<uint64_t>(),
             count = reader.read<uint64_t>();
  GRAFT_CHECK(size == row_bytes && reader.take_text(text_bytes) == description, format, file.name,
              ": is of other features");
  GRAFT_CHECK(reader.left() >= sizeof(Digest) && count == (reader.left() - sizeof(Digest)) / sizeof(Entry) &&
                  reader.left() == count * sizeof(Entry) + sizeof(Digest),
              format, file.name, ": is not as long as it says");
  const Digest whole = digest_of(file.bytes.first(file.bytes.size() - sizeof(Digest)));
  const auto list = reader.take(count * sizeof(Entry));
  GRAFT_CHECK(reader.read<Digest>() == whole, format, file.name, ": is damaged");
  entries.resize(count);
  if (count) std::memcpy(entries.data(), list.data(), list.size());
}

}  // namespace graft
