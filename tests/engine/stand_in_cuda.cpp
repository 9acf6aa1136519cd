#include "engine/stand_in_cuda.h"

#include <cstdlib>
#include <utility>

#include "engine/check.h"

namespace graft::test {

namespace {

// As the runtime does: a thread that has chosen none uses device 0.
thread_local int current_device = 0;

}  // namespace

StandInCuda::~StandInCuda() {
  for (const auto& [memory, block] : memory_) std::free(const_cast<void*>(memory));
  for (const auto& [handle, name] : names_) std::free(const_cast<void*>(handle));
}

std::vector<std::string> StandInCuda::calls() { return std::exchange(calls_, {}); }

CudaStatus StandInCuda::note(const std::string& call) {
  calls_.push_back(call);
  if (left_ > 0 && --left_ == 0) return failure_;
  return CudaStatus::done;
}

CudaStatus StandInCuda::note_on_device(const std::string& call) {
  if (current_device != expected_device) wrong_.push_back(call + " on another device");
  return note(call);
}

std::string StandInCuda::describe(CudaStatus status) { return text("status ", static_cast<int>(status)); }

CudaStatus StandInCuda::device_count(int& count) {
  count = devices;
  return count_status;
}

CudaStatus StandInCuda::properties(int, CudaProperties& to) {
  to = found;
  return CudaStatus::done;
}

CudaStatus StandInCuda::set_device(int device) {
  current_device = device;
  return CudaStatus::done;
}

CudaStatus StandInCuda::memory(size_t& free, size_t& all) {
  free = total - used_;
  all = total;
  return CudaStatus::done;
}

CudaStatus StandInCuda::note_allocation(void*& memory, size_t bytes, bool pinned) {
  const std::string call = text(pinned ? "allocate pinned " : "allocate ", bytes);
  if (capturing_) wrong_.push_back(call + " while recording");
  if (const CudaStatus status = note_on_device(call); status != CudaStatus::done) return status;
  if (!pinned && used_ + bytes > total) return CudaStatus::out_of_memory;
  memory = std::calloc(1, bytes);
  memory_[memory] = {bytes, pinned};
  if (!pinned) used_ += bytes;
  return CudaStatus::done;
}

CudaStatus StandInCuda::give_back(void* memory, bool pinned) {
  const auto found = memory_.find(memory);
  if (found == memory_.end() || found->second.pinned != pinned) {
    wrong_.push_back("release of what was not allocated");
    return CudaStatus::done;
  }
  if (!pinned) used_ -= found->second.bytes;
  memory_.erase(found);
  std::free(memory);
  return CudaStatus::done;
}

CudaStatus StandInCuda::allocate(void*& memory, size_t bytes) {
  return note_allocation(memory, bytes, false);
}
CudaStatus StandInCuda::release(void* memory) { return give_back(memory, false); }
CudaStatus StandInCuda::allocate_pinned(void*& memory, size_t bytes) {
  return note_allocation(memory, bytes, true);
}
CudaStatus StandInCuda::release_pinned(void* memory) { return give_back(memory, true); }

void* StandInCuda::make(const char* kind) {
  void* handle = std::malloc(1);
  names_[handle] = text(kind, ++made_[kind]);
  return handle;
}

CudaStatus StandInCuda::end(void* handle, const char* call) {
  if (names_.erase(handle) == 0) wrong_.push_back(call);
  std::free(handle);
  return CudaStatus::done;
}

std::string StandInCuda::name_of(const void* handle) {
  const auto found = names_.find(handle);
  if (found == names_.end()) wrong_.push_back("a stream, event or graph that does not exist");
  return found == names_.end() ? "?" : found->second;
}

CudaStatus StandInCuda::create(CUstream_st*& stream) {
  if (const CudaStatus status = note("create stream"); status != CudaStatus::done) return status;
  stream = static_cast<CUstream_st*>(make("s"));
  return CudaStatus::done;
}
CudaStatus StandInCuda::destroy(CUstream_st* stream) { return end(stream, "destroy of no stream"); }
CudaStatus StandInCuda::synchronize(CUstream_st* stream) {
  if (capturing_) wrong_.push_back("synchronize while recording");
  return note("synchronize " + name_of(stream));
}
CudaStatus StandInCuda::create(CUevent_st*& event) {
  if (const CudaStatus status = note("create event"); status != CudaStatus::done) return status;
  event = static_cast<CUevent_st*>(make("e"));
  return CudaStatus::done;
}
CudaStatus StandInCuda::destroy(CUevent_st* event) { return end(event, "destroy of no event"); }
CudaStatus StandInCuda::synchronize(CUevent_st* event) { return note("synchronize " + name_of(event)); }
CudaStatus StandInCuda::record(CUevent_st* event, CUstream_st* stream) {
  return note_on_device("record " + name_of(event) + " on " + name_of(stream));
}
CudaStatus StandInCuda::wait(CUstream_st* stream, CUevent_st* event) {
  return note(name_of(stream) + " waits for " + name_of(event));
}
CudaStatus StandInCuda::milliseconds(float& elapsed, CUevent_st*, CUevent_st*) {
  elapsed = 1;
  return CudaStatus::done;
}

CudaStatus StandInCuda::copy(void*, const void*, size_t bytes, CopyDirection direction, CUstream_st* stream) {
  const char* where[] = {" to device ", " to host ", " on device "};
  return note_on_device(text("copy ", bytes, where[static_cast<int>(direction)], name_of(stream)));
}
CudaStatus StandInCuda::fill(void*, int, size_t bytes, CUstream_st* stream) {
  return note_on_device(text("fill ", bytes, ' ', name_of(stream)));
}
CudaStatus StandInCuda::allow_shared_memory(const void*, size_t bytes) {
  if (capturing_) wrong_.push_back("shared memory asked for while recording");
  return note(text("allow shared ", bytes));
}
CudaStatus StandInCuda::launch(const CudaLaunch& launch, CUstream_st* stream) {
  return note_on_device(text("launch ", launch.name, ' ', launch.grid[0], 'x', launch.grid[1], 'x',
                             launch.grid[2], ' ', name_of(stream)));
}

CudaStatus StandInCuda::begin_capture(CUstream_st* stream) {
  if (const CudaStatus status = note("begin recording " + name_of(stream)); status != CudaStatus::done)
    return status;
  capturing_ = true;
  return CudaStatus::done;
}
CudaStatus StandInCuda::end_capture(CUstream_st* stream, CUgraphExec_st*& graph) {
  graph = nullptr;
  if (!std::exchange(capturing_, false)) wrong_.push_back("end of no recording");
  if (const CudaStatus status = note("end recording " + name_of(stream)); status != CudaStatus::done)
    return status;
  graph = static_cast<CUgraphExec_st*>(make("g"));
  return CudaStatus::done;
}
CudaStatus StandInCuda::launch(CUgraphExec_st* graph, CUstream_st* stream) {
  return note_on_device("replay " + name_of(graph) + " on " + name_of(stream));
}
CudaStatus StandInCuda::destroy(CUgraphExec_st* graph) { return end(graph, "destroy of no graph"); }

}  // namespace graft::test
