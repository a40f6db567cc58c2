// A message inside a worker: an object from a task here, or a payload from the wire; the other form
// on demand.
#pragma once

#include <memory>
#include <vector>

#include "mort/base/mutex.hpp"
#include "mort/message/message_type.hpp"

namespace mort::worker {

using PayloadBytes = std::shared_ptr<const std::vector<std::uint8_t>>;

/// Shared by all subscriptions of a worker, which may be on several lanes. Threads: any.
class Message {
 public:
  Message(std::shared_ptr<const void> object, const MessageType& type);
  Message(std::vector<std::uint8_t> payload);

  /// The object as `wanted`: the publisher's own where the types are one, else decoded (once).
  /// Errors: kInvalid when the payload is not one of `wanted`.
  Result<std::shared_ptr<const void>> object(const MessageType& wanted);
  /// The CDR payload, encoded once.
  PayloadBytes payload();
  std::size_t payload_size() const { return payload_size_; }

 private:
  Mutex mutex_;
  std::shared_ptr<const void> object_
      MORT_GUARDED_BY(mutex_);  // shared with every subscriber, by design
  const MessageType* type_ MORT_GUARDED_BY(mutex_) = nullptr;
  PayloadBytes payload_ MORT_GUARDED_BY(mutex_);
  const std::size_t payload_size_;
};

using MessagePtr = std::shared_ptr<Message>;  // one message, many queues

}  // namespace mort::worker
