#include "engine/feed.h"

#include <algorithm>

namespace graft {

void Feed::put(Executor& executor, std::span<const Item> items) {
  places_.clear();
  device_.call([&] {
    executor.refresh();
    if (!device_.properties().separate_memory) {
      for (const Item& item : items) item.write(executor.address(item.to).data);
      return;
    }
    std::vector<Place> places;
    size_t bytes = 0;
    for (const Item& item : items) {
      places.push_back({item.to, bytes});
      bytes += aligned_bytes(executor.address(item.to).bytes());
    }
    reserve(bytes);
    arrived_->synchronize();  // the batch before has left the pinned memory
    for (size_t i = 0; i < items.size(); ++i) items[i].write(pinned_.data() + places[i].offset);
    taken_->hold(device_.copy_stream());
    device_.copy_in(waiting_.data(), pinned_.data(), bytes, device_.copy_stream());
    arrived_->record(device_.copy_stream());
    places_ = std::move(places);
    executor_ = &executor;
  });
}

void Feed::deliver() {
  if (places_.empty()) return;
  Stream& stream = device_.stream();
  arrived_->hold(stream);
  for (const Place& place : places_) {
    const TensorView to = executor_->address(place.to);
    device_.copy(to.data, waiting_.data() + place.offset, to.bytes(), stream);
  }
  taken_->record(stream);
}

void Feed::reserve(size_t bytes) {
  if (!arrived_) arrived_ = device_.make_event();
  if (!taken_) taken_ = device_.make_event();
  if (bytes <= waiting_.bytes()) return;
  // Both copies of the batch before may still be under way.
  arrived_->synchronize();
  taken_->synchronize();
  pinned_ = Buffer();
  waiting_ = Buffer();
  pinned_ = Buffer(device_, bytes, MemoryKind::pinned);
  waiting_ = Buffer(device_, bytes);
}

}  // namespace graft
