#include "mort/scheduler/timer_queue.hpp"

#include <algorithm>

namespace mort::scheduler {
namespace {
constexpr std::size_t kChildren = 4;
}  // namespace

void TimerQueue::put(std::size_t slot, const Item& item) {
  heap_[slot] = item;
  item.timer->slot_ = slot;
}

void TimerQueue::rise(std::size_t slot, const Item& item) {
  while (slot > 0) {
    const std::size_t parent = (slot - 1) / kChildren;
    if (!item.before(heap_[parent])) break;
    put(slot, heap_[parent]);
    slot = parent;
  }
  put(slot, item);
}

void TimerQueue::sink(std::size_t slot, const Item& item) {
  while (true) {
    const std::size_t first = slot * kChildren + 1;
    if (first >= heap_.size()) break;
    std::size_t least = first;
    const std::size_t end = std::min(first + kChildren, heap_.size());
    for (std::size_t child = first + 1; child < end; ++child) {
      if (heap_[child].before(heap_[least])) least = child;
    }
    if (!heap_[least].before(item)) break;
    put(slot, heap_[least]);
    slot = least;
  }
  put(slot, item);
}

void TimerQueue::take_out(std::size_t slot) {
  heap_[slot].timer->slot_ = Timer::kIdle;
  const Item last = heap_.back();
  heap_.pop_back();
  if (slot == heap_.size()) return;
  if (slot > 0 && last.before(heap_[(slot - 1) / kChildren]))
    rise(slot, last);
  else
    sink(slot, last);
}

void TimerQueue::arm(Timer& timer, Nanoseconds when) {
  cancel(timer);
  timer.when_ = when;
  const Item item{when, next_sequence_++, &timer};
  heap_.push_back(item);
  rise(heap_.size() - 1, item);
}

void TimerQueue::cancel(Timer& timer) {
  if (timer.armed()) take_out(timer.slot_);
}

Timer* TimerQueue::pop_due(Nanoseconds now, std::uint64_t horizon) {
  if (heap_.empty()) return nullptr;
  const Item& first = heap_.front();
  if (first.when > now || first.sequence >= horizon) return nullptr;
  Timer* timer = first.timer;
  take_out(0);
  return timer;
}

std::optional<Nanoseconds> TimerQueue::next() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().when;
}

void TimerQueue::clear() {
  for (const Item& item : heap_) item.timer->slot_ = Timer::kIdle;
  heap_.clear();
}

}  // namespace mort::scheduler
