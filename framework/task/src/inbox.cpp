#include "mort/task/inbox.hpp"

#include <stdexcept>

namespace mort {

InboxBase::InboxBase(Task* task, std::string_view name, std::size_t capacity)
    : task_(task), name_(name), capacity_(capacity) {
  if (task == nullptr || name.empty() || capacity == 0)
    throw std::logic_error("an Inbox needs its task, a name and room for one message at least");
  task->add_inbox(*this);
}

void InboxBase::End() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  ring();
}

void InboxBase::open(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void InboxBase::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  wake_ = {};
}

bool InboxBase::empty() const {
  const std::lock_guard lock(mutex_);
  return size_ == 0;
}

bool InboxBase::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

std::uint64_t InboxBase::take_dropped() {
  const std::lock_guard lock(mutex_);
  return std::exchange(dropped_, 0);
}

bool InboxBase::reserve() {
  if (closed_ || ended_) return false;
  if (size_ >= capacity_) {
    ++dropped_;
    return false;
  }
  ++size_;
  return true;
}

bool InboxBase::wait() {
  return task_->WaitAny({name_}) == WaitResult::kReady;
}

void InboxBase::ring() {
  if (wake_) wake_();
}

}  // namespace mort
