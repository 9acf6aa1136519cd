#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "engine/device.h"

namespace graft {

class GuardedMemory;

class HostStream : public Stream {
 public:
  using Stream::Stream;
  void synchronize() override {}

  // What runs the emulated device's kernels: made by their first launch, ended with the stream.
  std::shared_ptr<void> runner;
  GuardedMemory* guarded = nullptr;  // where the checked device's memory lies
};

// Work is done when it has been given: there is never anything to wait for.
class HostEvent : public Event {
 public:
  void record(Stream&) override { time_ = std::chrono::steady_clock::now(); }
  void hold(Stream&) override {}
  void synchronize() override {}
  double seconds_since(const Event& earlier) override {
    return std::chrono::duration<double>(time_ - static_cast<const HostEvent&>(earlier).time_).count();
  }

 private:
  std::chrono::steady_clock::time_point time_;
};

// Memory and copies of the devices that live in host memory. Work runs on a thread of its own, so that the
// OpenMP settings of the caller stay as they are and its team of threads ends with the device.
class HostDevice : public Device {
 public:
  explicit HostDevice(DeviceProperties properties);
  ~HostDevice() override;

  std::string hardware() const override;
  void* allocate(size_t bytes) override;
  void release(void* memory) noexcept override;
  void copy_in(void* device, const void* host, size_t bytes, Stream& stream) override;
  void copy_out(void* host, const void* device, size_t bytes, Stream& stream) override;
  void copy(void* to, const void* from, size_t bytes, Stream& stream) override;
  void fill(void* device, int byte, size_t bytes, Stream& stream) override;
  HostStream& stream() override { return stream_; }
  Stream& copy_stream() override { return stream_; }
  std::unique_ptr<Event> make_event() override { return std::make_unique<HostEvent>(); }
  void* allocate_pinned(size_t bytes) override { return allocate(bytes); }
  void release_pinned(void* memory) noexcept override { release(memory); }
  void call(const std::function<void()>& work) override;

 private:
  void serve();
  void* map(size_t bytes);

  HostStream stream_{properties_};
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* work_ = nullptr;
  std::exception_ptr failure_;
  bool stop_ = false;
  std::mutex one_caller_;
  std::mutex mapped_mutex_;
  struct Mapping {
    void* begin;
    size_t bytes;
  };
  std::unordered_map<void*, Mapping> mapped_;  // of large allocations, by their addresses
  std::thread thread_;
};

}  // namespace graft
