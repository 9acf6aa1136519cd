#include <doctest/doctest.h>

#include "transfer/weights/zip_archive.h"
#include "weights/samples.h"

namespace graft::test {
namespace {

constexpr const char* floats_header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }";

std::string four_floats() { return npy(floats_header, std::string(16, '\1')); }

bool mentions(const std::string& message, std::string_view part) {
  if (message.find(part) != std::string::npos) return true;
  MESSAGE("the message was: ", message);
  return false;
}

TEST_CASE("zip: stored and deflated entries, with 32 and 64 bit fields") {
  for (const bool zip64 : {false, true})
    for (const bool deflate : {false, true}) {
      const TensorFile file = read_copy(
          zip_file({zip_entry("a.npy", four_floats(), deflate), zip_entry("notes.txt", "x")}, zip64));
      REQUIRE(file.tensors().size() == 1);
      CHECK(values_of(file, "a").size() == 4);
    }
}

TEST_CASE("zip: stored entries are not copied") {
  const std::string bytes = sample_npz(false);
  const TensorFile file = read_tensor_bytes(as_file_bytes(bytes), nullptr, "sample");
  REQUIRE(file.tensors().size() == 4);
  for (const NamedTensor& tensor : file.tensors()) {
    const auto* data = reinterpret_cast<const char*>(tensor.data);
    CHECK((data >= bytes.data() && data < bytes.data() + bytes.size()));
  }
}

TEST_CASE("zip: a comment behind the end is no obstacle, other bytes are") {
  std::string file = sample_npz(false);
  CHECK(refusal(file + "x") != "");
  file[file.size() - 2] = 5;
  CHECK(refusal(file + "hello") == "");
}

TEST_CASE("zip: a bomb is refused before it is unpacked") {
  const ZipEntry bomb = zip_entry("a.npy", std::string(size_t{80} << 20, '\0'), true);
  CHECK(bomb.packed.size() < 100000);
  CHECK(mentions(refusal(zip_file({bomb})), "would unpack to"));
  // In parts, each of them allowed.
  const ZipEntry part = zip_entry("a.npy", std::string(size_t{30} << 20, '\0'), true);
  std::vector<ZipEntry> parts(4, part);
  for (size_t i = 0; i < parts.size(); ++i) parts[i].name = std::to_string(i) + ".npy";
  CHECK(mentions(refusal(zip_file(parts)), "would unpack to"));
}

TEST_CASE("zip: more or less than was declared is refused") {
  for (const int difference : {-1, 1, 1000}) {
    ZipEntry entry = zip_entry("a.npy", four_floats(), true);
    entry.size += static_cast<uint64_t>(difference);
    CHECK(mentions(refusal(zip_file({entry})), "does not unpack"));
  }
  ZipEntry stored = zip_entry("a.npy", four_floats());
  stored.size += 1;
  CHECK(mentions(refusal(zip_file({stored})), "two sizes"));
  stored.packed_size = stored.size = 1 << 20;
  CHECK(mentions(refusal(zip_file({stored})), "truncated"));
  stored.packed_size = stored.size = UINT64_MAX - 10;
  CHECK(mentions(refusal(zip_file({stored}, true)), "truncated"));
  ZipEntry nothing = zip_entry("a.npy", "", true);
  nothing.packed.clear();
  nothing.packed_size = 0;
  CHECK(mentions(refusal(zip_file({nothing})), "does not unpack"));
}

TEST_CASE("zip: checksums are verified where there are any") {
  ZipEntry entry = zip_entry("a.npy", four_floats());
  entry.crc ^= 1;
  CHECK(mentions(refusal(zip_file({entry})), "sample: a.npy: its checksum is wrong"));
  entry.crc = 0;
  CHECK(refusal(zip_file({entry})) == "");
}

TEST_CASE("zip: encrypted entries, other methods and repeated names are refused") {
  ZipEntry entry = zip_entry("a.npy", four_floats());
  CHECK(mentions(refusal(zip_file({entry, entry})), "two zip entries named a.npy"));
  entry.flags = 1;
  CHECK(mentions(refusal(zip_file({entry})), "encrypted"));
  entry.flags = 0;
  entry.method = 12;
  CHECK(mentions(refusal(zip_file({entry})), "method 12"));
}

TEST_CASE("zip: entries that share bytes are refused") {
  const std::string inner = zip_file({zip_entry("a.npy", four_floats())});
  // The second directory record is made to point into the first entry, which holds a whole local header.
  const std::string local = inner.substr(0, inner.find("PK\x01\x02"));
  std::string file = zip_file({zip_entry("b.npy", local), zip_entry("a.npy", four_floats())});
  const size_t second = file.rfind("PK\x01\x02");
  const uint32_t place = 30 + 5;
  std::memcpy(file.data() + second + 42, &place, sizeof place);
  CHECK(mentions(refusal(file), "overlap"));
}

TEST_CASE("zip: a directory that claims more entries than it has is refused") {
  std::string file = sample_npz(false);
  file[file.size() - 12] = '\xff';
  CHECK(refusal(file) != "");
}

TEST_CASE("zip: PyTorch archives of other kinds say what they are") {
  const std::string pickle = sample_pickle();
  CHECK(mentions(refusal(zip_file({zip_entry("m/data.pkl", pickle), zip_entry("m/constants.pkl", "")})),
                 "TorchScript"));
  CHECK(mentions(refusal(zip_file({zip_entry("m/data.pkl", pickle), zip_entry("m/byteorder", "big")})),
                 "little"));
  CHECK(
      mentions(refusal(zip_file({zip_entry("m/data.pkl", pickle), zip_entry("n/data.pkl", pickle)})), "two"));
  CHECK(mentions(refusal(zip_file({zip_entry("m/data.pkl", pickle)})), "no storage m/data/0"));
}

}  // namespace
}  // namespace graft::test
