#include "weights/samples.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <fstream>
#include <numeric>
#include <sstream>

#include "transfer/weights/tensor_values.h"

namespace graft::test {
namespace {

std::string floats(int count, float first, float step) {
  std::string bytes;
  for (int i = 0; i < count; ++i) append(bytes, first + step * static_cast<float>(i));
  return bytes;
}

const std::string weight_data = floats(24, -1.0f, 0.125f), bias_data = floats(2, 0.5f, 1.0f);
const std::string dense_data = floats(6, 1.0f, 1.0f);  // stored 2 x 3, used as 3 x 2
const std::string counter_data = [] {
  std::string bytes;
  append(bytes, int64_t{77});
  return bytes;
}();

// The transposed matrix as row-major files hold it.
const std::string transposed_data = [] {
  std::string bytes;
  for (float value : {1.0f, 4.0f, 2.0f, 5.0f, 3.0f, 6.0f}) append(bytes, value);
  return bytes;
}();

}  // namespace

PickleText& PickleText::raw(std::string_view instructions) {
  bytes += instructions;
  return *this;
}
PickleText& PickleText::text(std::string_view value) {
  bytes += 'X';
  append(bytes, static_cast<uint32_t>(value.size()));
  return raw(value);
}
PickleText& PickleText::integer(int64_t value) {
  bytes += "\x8a\x08";
  append(bytes, value);
  return *this;
}
PickleText& PickleText::integers(const std::vector<int64_t>& values) {
  raw("(");
  for (int64_t value : values) integer(value);
  return raw("t");
}
PickleText& PickleText::global(std::string_view module, std::string_view name) {
  return raw("c").raw(module).raw("\n").raw(name).raw("\n");
}
PickleText& PickleText::storage(std::string_view type, std::string_view key, int64_t count) {
  return raw("(").text("storage").global("torch", type).text(key).text("cpu").integer(count).raw("tQ");
}
PickleText& PickleText::storage_in_old_file(std::string_view type, std::string_view key, int64_t count) {
  return raw("(").text("storage").global("torch", type).text(key).text("cpu").integer(count).raw("NtQ");
}
PickleText& PickleText::tensor(std::string_view type, std::string_view key, int64_t count, int64_t offset,
                               const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides,
                               bool old) {
  global("torch._utils", "_rebuild_tensor_v2").raw("(");
  old ? storage_in_old_file(type, key, count) : storage(type, key, count);
  integer(offset).integers(sizes).integers(strides).raw("\x89");
  return global("collections", "OrderedDict").raw(")RtR");
}
std::string PickleText::end() { return bytes + "."; }

std::string sample_pickle(bool old) {
  PickleText pickle;
  pickle.global("collections", "OrderedDict").raw(")R(");
  pickle.text("conv.weight").tensor("FloatStorage", "0", 24, 0, {2, 3, 2, 2}, {12, 4, 2, 1}, old);
  pickle.text("conv.bias").tensor("FloatStorage", "1", 2, 0, {2}, {1}, old);
  pickle.text("norm.num_batches_tracked").tensor("LongStorage", "2", 1, 0, {}, {}, old);
  pickle.text("dense.weight").tensor("FloatStorage", "3", 6, 0, {3, 2}, {1, 3}, old);
  return pickle.raw("u").end();
}

std::string torch_zip(const std::string& pickle, const std::vector<std::string>& storages) {
  std::vector<ZipEntry> entries{zip_entry("sample/data.pkl", pickle),
                                zip_entry("sample/byteorder", "little")};
  for (size_t i = 0; i < storages.size(); ++i)
    entries.push_back(zip_entry("sample/data/" + std::to_string(i), storages[i]));
  entries.push_back(zip_entry("sample/version", "3\n"));
  return zip_file(entries);
}

std::string sample_torch_zip() {
  return torch_zip(sample_pickle(), {weight_data, bias_data, counter_data, dense_data});
}

std::string sample_torch_legacy() {
  PickleText magic, protocol, machine, keys;
  magic.raw(std::string_view("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12));
  protocol.integer(1001);
  machine.raw("}(").text("little_endian").raw("\x88u");
  keys.raw("](");
  for (const char* key : {"0", "1", "2", "3"}) keys.text(key);
  std::string file = magic.end() + protocol.end() + machine.end() + sample_pickle(true) + keys.raw("e").end();
  for (const auto& [data, width] :
       {std::pair{&weight_data, 4}, {&bias_data, 4}, {&counter_data, 8}, {&dense_data, 4}}) {
    append(file, static_cast<uint64_t>(data->size()) / width);
    file += *data;
  }
  return file;
}

std::string npy(std::string_view dictionary, std::string_view data, int version) {
  std::string file = "\x93NUMPY";
  append(file, static_cast<uint8_t>(version));
  append(file, uint8_t{0});
  std::string header(dictionary);
  header.resize((header.size() / 64 + 1) * 64, ' ');
  header.back() = '\n';
  if (version == 1)
    append(file, static_cast<uint16_t>(header.size()));
  else
    append(file, static_cast<uint32_t>(header.size()));
  return file + header + std::string(data);
}

std::string sample_npz(bool deflate) {
  const auto array = [](const char* type, const char* fortran, const char* shape, const std::string& data) {
    return npy(
        std::string("{'descr': '") + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }",
        data);
  };
  return zip_file({
      zip_entry("conv.weight.npy", array("<f4", "False", "(2, 3, 2, 2)", weight_data), deflate),
      zip_entry("conv.bias.npy", array("<f4", "False", "(2,)", bias_data), deflate),
      zip_entry("norm.num_batches_tracked.npy", array("<i8", "False", "()", counter_data), deflate),
      zip_entry("dense.weight.npy", array("<f4", "True", "(3, 2)", dense_data), deflate),
  });
}

std::string sample_safetensors() {
  std::string header =
      R"({"__metadata__":{"made":"by hand"},"conv.weight":{"dtype":"F32","shape":[2,3,2,2],"data_offsets":[8,104]},)"
      R"("conv.bias":{"dtype":"F32","shape":[2],"data_offsets":[104,112]},)"
      R"("norm.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
      R"("dense.weight":{"dtype":"F32","shape":[3,2],"data_offsets":[112,136]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::string file;
  append(file, static_cast<uint64_t>(header.size()));
  return file + header + counter_data + weight_data + bias_data + transposed_data;
}

std::vector<std::pair<std::string, std::string>> all_samples() {
  return {{"torch", sample_torch_zip()},
          {"torch legacy", sample_torch_legacy()},
          {"npz, stored", sample_npz(false)},
          {"npz, deflated", sample_npz(true)},
          {"safetensors", sample_safetensors()},
          {"npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", dense_data)}};
}

TensorFile read_copy(std::string_view bytes, const std::string& name) {
  auto copy = std::make_shared<std::vector<std::byte>>(bytes.size());
  if (!bytes.empty()) std::memcpy(copy->data(), bytes.data(), bytes.size());
  copy->shrink_to_fit();
  return read_tensor_bytes(*copy, copy, name);
}

std::string refusal(std::string_view bytes) {
  try {
    read_copy(bytes);
    return "";
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::format);
    const std::string message = error.what();
    CHECK(message.starts_with("sample: "));
    CHECK(message.find('\n') == std::string::npos);
    return message;
  }
}

std::vector<float> values_of(const TensorFile& file, std::string_view name) {
  return to_float32(file.at(name));
}

std::string file_content(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

Folder::Folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "graft-test-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()));
  path_ = pattern;
}
Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace graft::test
