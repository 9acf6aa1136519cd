#include "transfer/weights/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace graft {
namespace {

[[noreturn]] void fail_errno(const std::string& name, const char* what) {
  fail(ErrorCode::file, name, ": cannot ", what, ": ", std::generic_category().message(errno));
}

class Descriptor {
 public:
  // O_NONBLOCK: opening a pipe must be refused, not waited for.
  explicit Descriptor(const std::string& name)
      : number_(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (number_ < 0) fail_errno(name, "open it");
  }
  ~Descriptor() { ::close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

class Mapping {
 public:
  Mapping(const std::string& name, int descriptor, size_t size)
      : data_(::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0)), size_(size) {
    if (data_ == MAP_FAILED) fail_errno(name, "map it");
  }
  ~Mapping() { ::munmap(data_, size_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(data_), size_}; }

 private:
  void* data_;
  size_t size_;
};

}  // namespace

FileBytes map_file(const std::filesystem::path& path) {
  const std::string name = path.string();
  const Descriptor descriptor(name);
  struct stat status {};
  if (::fstat(descriptor.number(), &status) != 0) fail_errno(name, "ask for its size");
  GRAFT_CHECK(S_ISREG(status.st_mode), file, name, ": is not a regular file");
  GRAFT_CHECK(status.st_size > 0, format, name, ": is empty");
  auto mapping = std::make_shared<Mapping>(name, descriptor.number(), static_cast<size_t>(status.st_size));
  return {name, mapping->bytes(), mapping};
}

}  // namespace graft
