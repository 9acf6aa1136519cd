#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/cuda_api.h"

namespace graft::test {

// Writes down what it is called for, and fails when told to. It computes and copies nothing: what a test
// learns from it is the order of the calls, and what becomes of a call that fails.
class StandInCuda final : public CudaApi {
 public:
  ~StandInCuda();

  int runtime = 13000, driver = 13000, devices = 1;
  int expected_device = 0;  // the calling thread's, for all that depends on it
  CudaStatus count_status = CudaStatus::done;
  CudaProperties found{"Stand-in", 8, 0, 163 * 1024, 108};
  size_t total = size_t{1} << 30;

  // The calls since the last look, one a line: "launch relu s1", "copy 64 to device s2".
  std::vector<std::string> calls();
  // The n-th call from now that can fail (from 1) gives `status`.
  void fail_at(int n, CudaStatus status) { left_ = n, failure_ = status; }
  bool failed() const { return left_ == 0; }

  // What was made and not given back.
  int live() const { return static_cast<int>(memory_.size() + names_.size()); }
  size_t used() const { return used_; }
  const std::vector<std::string>& wrong_calls() const { return wrong_; }

  int runtime_version() override { return runtime; }
  int driver_version() override { return driver; }
  std::string describe(CudaStatus status) override;
  CudaStatus device_count(int& count) override;
  CudaStatus properties(int device, CudaProperties& to) override;
  CudaStatus set_device(int device) override;
  CudaStatus memory(size_t& free, size_t& all) override;
  CudaStatus allocate(void*& memory, size_t bytes) override;
  CudaStatus release(void* memory) override;
  CudaStatus allocate_pinned(void*& memory, size_t bytes) override;
  CudaStatus release_pinned(void* memory) override;
  CudaStatus create(CUstream_st*& stream) override;
  CudaStatus destroy(CUstream_st* stream) override;
  CudaStatus synchronize(CUstream_st* stream) override;
  CudaStatus create(CUevent_st*& event) override;
  CudaStatus destroy(CUevent_st* event) override;
  CudaStatus synchronize(CUevent_st* event) override;
  CudaStatus record(CUevent_st* event, CUstream_st* stream) override;
  CudaStatus wait(CUstream_st* stream, CUevent_st* event) override;
  CudaStatus milliseconds(float& elapsed, CUevent_st* begin, CUevent_st* end) override;
  CudaStatus copy(void* to, const void* from, size_t bytes, CopyDirection, CUstream_st* stream) override;
  CudaStatus fill(void* memory, int byte, size_t bytes, CUstream_st* stream) override;
  CudaStatus allow_shared_memory(const void* kernel, size_t bytes) override;
  CudaStatus launch(const CudaLaunch& launch, CUstream_st* stream) override;
  CudaStatus begin_capture(CUstream_st* stream) override;
  CudaStatus end_capture(CUstream_st* stream, CUgraphExec_st*& graph) override;
  CudaStatus launch(CUgraphExec_st* graph, CUstream_st* stream) override;
  CudaStatus destroy(CUgraphExec_st* graph) override;
  void push_range(const char* name) override { ranges.push_back(name); }
  void pop_range() override { ranges.pop_back(); }

  std::vector<std::string> ranges;  // open now

 private:
  struct Block {
    size_t bytes;
    bool pinned;
  };
  CudaStatus note(const std::string& call);
  CudaStatus note_on_device(const std::string& call);
  CudaStatus note_allocation(void*& memory, size_t bytes, bool pinned);
  CudaStatus give_back(void* memory, bool pinned);
  void* make(const char* kind);
  CudaStatus end(void* handle, const char* call);
  std::string name_of(const void* handle);

  std::vector<std::string> calls_, wrong_;
  std::map<const void*, Block> memory_;
  std::map<const void*, std::string> names_;  // of streams, events and graphs
  std::map<std::string, int> made_;
  size_t used_ = 0;
  bool capturing_ = false;
  int left_ = -1;
  CudaStatus failure_ = CudaStatus::done;
};

}  // namespace graft::test
