#include <doctest/doctest.h>

#include <fstream>

#include "transfer/graphs/source_file.h"
#include "transfer/weights/tensor_values.h"
#include "weights/samples.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, std::string_view content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

std::string small_npy(float first) {
  std::string data;
  append(data, first);
  append(data, first + 1);
  return npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", data);
}

std::string error_of(const fs::path& folder) {
  try {
    read_tensor_file(folder);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("npy folder: names are paths with dots; hidden files are passed over, others refused") {
  const Folder folder;
  write(folder.path() / "conv1.weight.npy", small_npy(1));
  write(folder.path() / "layer1/0/conv2/weight.npy", small_npy(3));
  write(folder.path() / "layer1/0.bn.bias.npy", small_npy(5));
  write(folder.path() / ".DS_Store", "x");
  write(folder.path() / ".hidden/readme.txt", "x");
  const TensorFile file = read_tensor_file(folder.path());
  CHECK(file.format() == "npy folder");
  CHECK(file.tensors().size() == 3);
  CHECK(values_of(file, "conv1.weight") == std::vector<float>{1, 2});
  CHECK(values_of(file, "layer1.0.conv2.weight") == std::vector<float>{3, 4});
  CHECK(values_of(file, "layer1.0.bn.bias") == std::vector<float>{5, 6});
  CHECK(std::get<TensorFile>(read_source(folder.path())).tensors().size() == 3);
  CHECK_THROWS_AS(read_source(folder.path(), {{}, {"x"}}), Error);

  write(folder.path() / "layer1/0.conv2.weight.npy", small_npy(7));
  CHECK(error_of(folder.path()) == folder.path().string() + ": has two tensors named layer1.0.conv2.weight");
  fs::remove(folder.path() / "layer1/0.conv2.weight.npy");
  write(folder.path() / "layer1/notes.txt", "x");
  CHECK(error_of(folder.path()) == (folder.path() / "layer1/notes.txt").string() +
                                       ": is no .npy file; a folder of weights holds nothing else");
}

TEST_CASE("npy folder: damaged and empty ones are refused") {
  const Folder folder;
  CHECK(error_of(folder.path()) == folder.path().string() + ": is a folder without .npy files");
  const std::string whole = small_npy(1);
  write(folder.path() / "a.npy", whole.substr(0, whole.size() - 1));
  CHECK(error_of(folder.path()).starts_with((folder.path() / "a.npy").string() + ": "));
  write(folder.path() / "a.npy", "no array");
  CHECK(error_of(folder.path()) != "");
  fs::path deep = folder.path();
  for (int i = 0; i < 20; ++i) deep /= "d";
  write(deep / "b.npy", whole);
  CHECK(error_of(folder.path()).find("folders deep") != std::string::npos);
  fs::remove_all(folder.path() / "d");
  write(folder.path() / "a.npy", whole);
  CHECK(error_of(folder.path()) == "");
  fs::create_symlink(folder.path(), folder.path() / "loop.npy");
  CHECK(error_of(folder.path()).find("is a link to a folder") != std::string::npos);
}

}  // namespace
}  // namespace graft::test
