// The messages that wait at one subscription.
#pragma once

#include <boost/circular_buffer.hpp>
#include <memory>
#include <utility>

#include "message.hpp"

namespace mort::worker {

/// First in, first out, without a bound of its own. The oldest message lies in the queue itself,
/// for mostly there is no other: a hand-over then touches no memory beside it.
class MessageQueue {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  /// The oldest; the queue must not be empty.
  Message& front() { return first_; }
  const Message& front() const { return first_; }
  void push_back(Message&& message) {
    if (size_ == 0)
      first_ = std::move(message);
    else
      push_behind(std::move(message));
    ++size_;
  }
  /// Drops the oldest.
  void pop_front() {
    if (--size_ == 0) return first_.reset();
    first_ = std::move(behind_->front());
    behind_->pop_front();
  }

 private:
  [[gnu::noinline]] void push_behind(Message&& message) {
    if (!behind_) behind_ = std::make_unique<boost::circular_buffer<Message>>(2);
    if (behind_->full()) behind_->set_capacity(2 * behind_->capacity());
    behind_->push_back(std::move(message));
  }

  std::size_t size_ = 0;
  Message first_;
  std::unique_ptr<boost::circular_buffer<Message>> behind_;
};

}  // namespace mort::worker
