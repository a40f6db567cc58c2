#include "message.hpp"

namespace mort::worker {

Message::Message(std::shared_ptr<const void> object, const MessageType& type)
    : object_(std::move(object)), type_(&type), payload_size_(type.encoded_size(object_.get())) {}

Message::Message(std::vector<std::uint8_t> payload)
    : payload_(std::make_shared<const std::vector<std::uint8_t>>(std::move(payload))),
      payload_size_(payload_->size()) {}

Result<std::shared_ptr<const void>> Message::object(const MessageType& wanted) {
  const MutexLock lock(mutex_);
  if (object_ && type_->name == wanted.name) return object_;
  if (object_ && !payload_) {
    payload_ = std::make_shared<const std::vector<std::uint8_t>>(type_->encode(object_.get()));
  }
  auto decoded = wanted.decode(*payload_);
  if (decoded && !object_) {
    object_ = *decoded;
    type_ = &wanted;
  }
  return decoded;
}

PayloadBytes Message::payload() {
  const MutexLock lock(mutex_);
  if (!payload_)
    payload_ = std::make_shared<const std::vector<std::uint8_t>>(type_->encode(object_.get()));
  return payload_;
}

}  // namespace mort::worker
