#include "graphs/hdf5_writer.h"

#include <hdf5.h>

#include <stdexcept>

namespace graft::test {
namespace {

hid_t good(hid_t id) {
  if (id < 0) throw std::runtime_error("HDF5 refused to write a sample");
  return id;
}

hid_t open_group(hid_t file, const std::string& path) {
  if (path.empty()) return good(H5Gopen2(file, "/", H5P_DEFAULT));
  if (H5Lexists(file, path.substr(0, path.find('/')).c_str(), H5P_DEFAULT) > 0) {
    H5E_BEGIN_TRY {
      const hid_t found = H5Gopen2(file, path.c_str(), H5P_DEFAULT);
      if (found >= 0) return found;
    }
    H5E_END_TRY
  }
  const hid_t links = good(H5Pcreate(H5P_LINK_CREATE));
  H5Pset_create_intermediate_group(links, 1);
  const hid_t group = good(H5Gcreate2(file, path.c_str(), links, H5P_DEFAULT, H5P_DEFAULT));
  H5Pclose(links);
  return group;
}

hid_t half() {
  const hid_t type = good(H5Tcopy(H5T_IEEE_F32LE));
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}

hid_t number_type(Hdf5Writer::Number number) {
  using Number = Hdf5Writer::Number;
  switch (number) {
    case Number::float64: return good(H5Tcopy(H5T_IEEE_F64LE));
    case Number::float16: return half();
    case Number::int32: return good(H5Tcopy(H5T_STD_I32LE));
    case Number::big_endian_float32: return good(H5Tcopy(H5T_IEEE_F32BE));
    default: return good(H5Tcopy(H5T_IEEE_F32LE));
  }
}

}  // namespace

Hdf5Writer::Hdf5Writer(bool latest_format) {
  const hid_t access = good(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_fapl_core(access, 1 << 16, 0);
  if (latest_format) H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  static int made = 0;  // two files of one name are not open at once
  const std::string name = "sample" + std::to_string(made++);
  file_ = good(H5Fcreate(name.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access));
  H5Pclose(access);
}

Hdf5Writer::~Hdf5Writer() { H5Fclose(file_); }

void Hdf5Writer::group(const std::string& path) { H5Gclose(open_group(file_, path)); }

void Hdf5Writer::texts(const std::string& path, const std::string& attribute,
                       const std::vector<std::string>& values, Text kind) {
  const hid_t group = open_group(file_, path), type = good(H5Tcopy(H5T_C_S1));
  size_t longest = 1;
  for (const std::string& value : values) longest = std::max(longest, value.size());
  H5Tset_size(type, kind == Text::variable ? H5T_VARIABLE : longest);
  const hsize_t count = values.size();
  const hid_t space = good(H5Screate_simple(1, &count, nullptr));
  const hid_t made = good(H5Acreate2(group, attribute.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT));
  std::vector<const char*> pointers;
  std::string padded;
  for (const std::string& value : values) {
    pointers.push_back(value.c_str());
    padded += value + std::string(longest - value.size(), '\0');
  }
  good(H5Awrite(made, type,
                kind == Text::variable ? static_cast<const void*>(pointers.data()) : padded.data()));
  H5Aclose(made);
  H5Sclose(space);
  H5Tclose(type);
  H5Gclose(group);
}

void Hdf5Writer::text(const std::string& path, const std::string& attribute, const std::string& value) {
  texts(path, attribute, {value});
}

void Hdf5Writer::dataset(const std::string& path, const std::vector<uint64_t>& sizes,
                         const std::vector<float>& values, Number number, Storage storage) {
  const size_t slash = path.rfind('/');
  const hid_t group = open_group(file_, slash == path.npos ? "" : path.substr(0, slash));
  const std::string name = slash == path.npos ? path : path.substr(slash + 1);
  const std::vector<hsize_t> shape(sizes.begin(), sizes.end());
  const hid_t space =
      good(shape.empty() ? H5Screate(H5S_SCALAR)
                         : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr));
  const hid_t type = number_type(number), made_with = good(H5Pcreate(H5P_DATASET_CREATE));
  if (storage == Storage::compact) H5Pset_layout(made_with, H5D_COMPACT);
  if (storage == Storage::chunked || storage == Storage::packed)
    H5Pset_chunk(made_with, static_cast<int>(shape.size()), shape.data());
  if (storage == Storage::packed) H5Pset_deflate(made_with, 6);
  const hid_t made = good(H5Dcreate2(group, name.c_str(), type, space, H5P_DEFAULT, made_with, H5P_DEFAULT));
  good(H5Dwrite(made, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()));
  H5Dclose(made);
  H5Pclose(made_with);
  H5Tclose(type);
  H5Sclose(space);
  H5Gclose(group);
}

void Hdf5Writer::link(const std::string& existing, const std::string& path) {
  good(H5Lcreate_hard(file_, existing.c_str(), file_, path.c_str(), H5P_DEFAULT, H5P_DEFAULT));
}

std::string Hdf5Writer::bytes() {
  H5Fflush(file_, H5F_SCOPE_GLOBAL);
  std::string out(static_cast<size_t>(H5Fget_file_image(file_, nullptr, 0)), '\0');
  H5Fget_file_image(file_, out.data(), out.size());
  return out;
}

}  // namespace graft::test
