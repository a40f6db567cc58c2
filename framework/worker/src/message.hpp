// A sample inside a worker: the object of a task here, or a payload from the wire; the other form
// on demand.
#pragma once

#include <memory>
#include <vector>

#include "mort/base/clock.hpp"
#include "mort/message/message_type.hpp"

namespace mort::worker {

using PayloadBytes = std::shared_ptr<const std::vector<std::uint8_t>>;

/// A value: copies share the content. Threads: one message, one thread at a time; copies on
/// different threads are independent.
class Message {
 public:
  Message() = default;
  /// `bytes`: encoded_size of the object.
  Message(std::shared_ptr<const void> object, const MessageType& type, std::size_t bytes)
      : content_(std::move(object)), type_(&type), bytes_(bytes) {}
  explicit Message(std::vector<std::uint8_t> payload);

  explicit operator bool() const { return content_ != nullptr; }
  /// The object as `wanted`: the publisher's own where the types are one, else decoded; a payload
  /// is decoded once for all copies. The message is empty afterwards. Errors: kInvalid when the
  /// payload is not one of `wanted`.
  Result<std::shared_ptr<const void>> take_object(const MessageType& wanted);
  /// Whether the content is the object of a task, of the very type.
  bool holds(const MessageType& type) const { return type_ == &type; }
  /// That object; the message is empty afterwards.
  std::shared_ptr<const void> release_object() { return std::move(content_); }
  void reset() { content_.reset(); }
  PayloadBytes payload() const;
  std::size_t payload_size() const { return bytes_; }

  std::uint64_t sequence = 0;  ///< of its topic, from 1
  static constexpr Nanoseconds kNotTimed = Nanoseconds::min();
  /// When it was published, by this worker's Clock::now().
  Nanoseconds published = kNotTimed;

 private:
  struct Wire;
  std::shared_ptr<const void> content_;  // shared by all copies, by design
  const MessageType* type_ = nullptr;    ///< of the object; null: the content is a Wire
  std::size_t bytes_ = 0;
};

}  // namespace mort::worker
