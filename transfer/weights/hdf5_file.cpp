#include "transfer/weights/hdf5_file.h"

#include <algorithm>

#include "transfer/weights/tensor_layout.h"

namespace graft {
namespace {

constexpr std::string_view magic = "\x89HDF\r\n\x1a\n";

// The names of a symbol table lie in its local heap, each ended by a zero.
std::string_view heap_name(Hdf5Bytes& bytes, uint64_t heap, uint64_t offset) {
  ByteReader in = bytes.at(heap, "HEAP");
  in.take(4);
  const auto size = in.read<uint64_t>();
  in.take(8);
  ByteReader segment(bytes.file().name, bytes.at(in.read<uint64_t>()).take(size), std::min(offset, size));
  const std::string_view rest = segment.take_text(segment.left());
  const size_t length = rest.substr(0, 4096).find('\0');
  GRAFT_CHECK(length != rest.npos, format, bytes.file().name, ": has a name without an end; it is damaged");
  return rest.substr(0, length);
}

// A node's level is one less than that of the node above it, so that no walk is without end.
void read_table(Hdf5Bytes& bytes, uint64_t node, uint64_t heap, int level,
                std::map<std::string_view, uint64_t>& links);

void read_leaf(Hdf5Bytes& bytes, uint64_t node, uint64_t heap, std::map<std::string_view, uint64_t>& links) {
  ByteReader in = bytes.at(node, "SNOD");
  in.take(2);
  const auto count = in.read<uint16_t>();
  for (int i = 0; i < count; ++i) {
    bytes.spend(16);  // of the 40 bytes that a link takes
    const auto name = in.read<uint64_t>();
    const auto object = in.read<uint64_t>();
    constexpr uint32_t symbolic = 2;  // a link by name, which Keras never writes
    if (in.read<uint32_t>() != symbolic) links.emplace(heap_name(bytes, heap, name), object);
    in.take(20);
  }
}

void read_table(Hdf5Bytes& bytes, uint64_t node, uint64_t heap, int level,
                std::map<std::string_view, uint64_t>& links) {
  ByteReader in = bytes.at(node, "TREE");
  const auto kind = in.read<uint8_t>();
  const int own_level = in.read<uint8_t>();
  GRAFT_CHECK(kind == 0 && (level < 0 || own_level == level), format, bytes.file().name,
              ": has a group that cannot be walked; the file is damaged");
  const auto count = in.read<uint16_t>();
  in.take(16);
  for (int i = 0; i < count; ++i) {
    in.take(8);
    const auto child = in.read<uint64_t>();
    if (own_level > 0)
      read_table(bytes, child, heap, own_level - 1, links);
    else
      read_leaf(bytes, child, heap, links);
  }
}

std::string_view without_padding(std::string_view text) { return text.substr(0, text.find('\0')); }

}  // namespace

bool looks_like_hdf5(std::span<const std::byte> bytes) { return as_text(bytes).starts_with(magic); }

Hdf5File::Hdf5File(const FileBytes& file) : bytes_(file) {
  ByteReader in = bytes_.at(0, magic);
  const auto version = in.read<uint8_t>();
  GRAFT_CHECK(version <= 1, format, file.name, ": is HDF5 with a superblock of version ", int{version},
              "; graft reads what h5py writes unless told otherwise: save it again without libver");
  in.take(4);
  const auto offset_size = in.read<uint8_t>(), length_size = in.read<uint8_t>();
  GRAFT_CHECK(offset_size == 8 && length_size == 8, format, file.name,
              ": has addresses that are no 64 bits; graft reads none else");
  in.take(version == 0 ? 9 : 13);
  bytes_.base = in.read<uint64_t>();
  in.take(8);  // free space
  const auto end = in.read<uint64_t>();
  GRAFT_CHECK(end <= file.bytes.size() && bytes_.base <= file.bytes.size() - end, format, file.name, ": has ",
              file.bytes.size(), " of its ", end, " bytes; it is truncated, download it again");
  in.take(8 + 8);  // driver; the root's name
  root_ = in.read<uint64_t>();
}

const Hdf5File::Links& Hdf5File::links(uint64_t group) {
  const auto known = groups_.find(group);
  if (known != groups_.end()) return known->second;
  const std::vector<Hdf5Message> object = read_object(bytes_, group);
  GRAFT_CHECK(!find_message(object, Hdf5Message::link_info), format, file().name,
              ": keeps a group's order (track_order), which graft does not read; save it again without");
  Links found;
  if (const auto table = find_message(object, Hdf5Message::symbol_table)) {
    ByteReader in(file().name, table->body);
    const auto tree = in.read<uint64_t>();
    read_table(bytes_, tree, in.read<uint64_t>(), -1, found);
  }
  return groups_.emplace(group, std::move(found)).first->second;
}

uint64_t Hdf5File::find(std::string_view path) {
  uint64_t object = root_;
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (name.empty()) continue;
    const Links& inside = links(object);
    const auto found = inside.find(name);
    if (found == inside.end()) return no_address;
    object = found->second;
  }
  return object;
}

uint64_t Hdf5File::find_or_fail(std::string_view path) {
  const uint64_t object = find(path);
  GRAFT_CHECK(object != no_address, format, file().name, ": has no '", printable(path), "'");
  return object;
}

std::vector<std::string_view> Hdf5File::names(std::string_view path) {
  std::vector<std::string_view> names;
  for (const auto& [name, object] : links(find_or_fail(path))) names.push_back(name);
  return names;
}

const Hdf5File::Objects& Hdf5File::heap_objects(uint64_t collection) {
  const auto known = heaps_.find(collection);
  if (known != heaps_.end()) return known->second;
  ByteReader head = bytes_.at(collection, "GCOL");
  head.take(4);
  const auto size = head.read<uint64_t>();
  ByteReader in(file().name, bytes_.at(collection).take(size), 16);
  Objects objects;
  while (in.left() >= 16) {
    bytes_.spend(8);
    const auto index = in.read<uint16_t>();
    in.take(6);
    const auto length = in.read<uint64_t>();
    if (index == 0) break;  // the rest is free
    objects.emplace(index, in.take(length));
    in.take(std::min<uint64_t>((8 - length % 8) % 8, in.left()));
  }
  return heaps_.emplace(collection, std::move(objects)).first->second;
}

std::string_view Hdf5File::heap_string(ByteReader& element) {
  const auto length = element.read<uint32_t>();
  const auto collection = element.read<uint64_t>();
  const auto index = element.read<uint32_t>();
  if (length == 0) return {};
  const Objects& objects = heap_objects(collection);
  const auto found = objects.find(static_cast<uint16_t>(index));
  GRAFT_CHECK(found != objects.end() && index <= 0xffff && length <= found->second.size(), format,
              file().name, ": a text is not where it should be; the file is damaged");
  return without_padding(as_text(found->second.first(length)));
}

std::vector<std::string_view> Hdf5File::strings(const Hdf5Attribute& attribute) {
  std::vector<std::string_view> out;
  const Hdf5Type& type = attribute.type;
  if ((type.kind != Hdf5Type::fixed_text && type.kind != Hdf5Type::heap_text) || type.size == 0) return out;
  bytes_.spend(attribute.count);
  ByteReader in(file().name, attribute.values);
  for (uint64_t i = 0; i < attribute.count; ++i)
    out.push_back(type.kind == Hdf5Type::heap_text ? heap_string(in)
                                                   : without_padding(in.take_text(type.size)));
  return out;
}

std::vector<std::string_view> Hdf5File::texts(std::string_view path, std::string_view attribute) {
  for (const Hdf5Message& message : read_object(bytes_, find_or_fail(path))) {
    if (message.type != Hdf5Message::attribute) continue;
    const Hdf5Attribute found = read_attribute(file().name, message.body);
    if (found.name == attribute) return strings(found);
  }
  return {};
}

std::string_view Hdf5File::text(std::string_view path, std::string_view attribute) {
  const std::vector<std::string_view> all = texts(path, attribute);
  return all.size() == 1 ? all[0] : std::string_view();
}

NamedTensor Hdf5File::dataset(std::string_view path) {
  const std::string where = file().name + ": " + printable(path);
  const std::vector<Hdf5Message> object = read_object(bytes_, find_or_fail(path));
  const auto space = find_message(object, Hdf5Message::dataspace);
  const auto datatype = find_message(object, Hdf5Message::datatype);
  const auto layout = find_message(object, Hdf5Message::layout);
  GRAFT_CHECK(space && datatype && layout, format, where, ": is no array of numbers");
  GRAFT_CHECK(!find_message(object, Hdf5Message::filters), format, where,
              ": is packed; graft reads contiguous data (h5repack -l CONTI -f NONE)");
  const Hdf5Type type = read_datatype(where, datatype->body);
  GRAFT_CHECK(type.kind == Hdf5Type::number, format, where, ": is no array of little-endian numbers");
  NamedTensor tensor{.name = std::string(path), .dtype = type.dtype, .shape = {}, .strides = {}};
  tensor.shape = checked_shape(where, read_dataspace(where, space->body));
  const std::span<const std::byte> values = read_layout(bytes_, path, layout->body);
  GRAFT_CHECK(static_cast<uint64_t>(tensor.shape.count()) * size_of(type.dtype) == values.size(), format,
              where, ": has ", values.size(), " bytes for ", tensor.shape, " of ", name_of(type.dtype));
  tensor.data = values.data();
  return tensor;
}

}  // namespace graft
