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
  /// Payload of all messages.
  std::size_t bytes() const {
    if (size_ == 0) return 0;
    return size_ == 1 ? first_.payload_size() : first_.payload_size() + behind_->bytes;
  }
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
    first_ = std::move(behind_->messages.front());
    behind_->messages.pop_front();
    behind_->bytes -= first_.payload_size();
  }

 private:
  struct Behind {
    boost::circular_buffer<Message> messages{2};
    std::size_t bytes = 0;
  };
  [[gnu::noinline]] void push_behind(Message&& message) {
    if (!behind_) behind_ = std::make_unique<Behind>();
    auto& messages = behind_->messages;
    if (messages.full()) messages.set_capacity(2 * messages.capacity());
    behind_->bytes += message.payload_size();
    messages.push_back(std::move(message));
  }

  std::size_t size_ = 0;
  Message first_;
  std::unique_ptr<Behind> behind_;  ///< not touched while there is one message or none
};

}  // namespace mort::worker
