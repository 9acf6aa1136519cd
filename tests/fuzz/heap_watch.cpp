#include "heap_watch.h"

#include <sanitizer/allocator_interface.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace graft::fuzz {

namespace {

// protobuf takes up to 50 MB for a string before it finds that the file ends.
constexpr size_t bytes_each = 64, bytes_free = size_t{64} << 20;

std::atomic<long long> in_use = 0, peak = 0;

void on_malloc(const volatile void*, size_t size) {
  const long long now = in_use += static_cast<long long>(size);
  if (now > peak) peak = now;
}

void on_free(const volatile void* pointer) {
  if (pointer) in_use -= static_cast<long long>(__sanitizer_get_allocated_size(pointer));
}

}  // namespace

HeapWatch::HeapWatch(size_t input_bytes) : input_bytes_(input_bytes) {
  static const int installed = __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
  (void)installed;
  in_use = 0;
  peak = 0;
}

HeapWatch::~HeapWatch() {
  const size_t most = bytes_each * input_bytes_ + bytes_free;
  if (peak <= static_cast<long long>(most)) return;
  std::fprintf(stderr, "an input of %zu bytes made its reader hold %lld bytes, more than %zu\n", input_bytes_,
               peak.load(), most);
  std::abort();
}

}  // namespace graft::fuzz
