#include "message.hpp"

#include "mort/base/mutex.hpp"

namespace mort::worker {

/// A payload, and what it was decoded to first.
struct Message::Wire {
  PayloadBytes payload;
  mutable Mutex mutex;
  mutable std::shared_ptr<const void> object MORT_GUARDED_BY(mutex);
  mutable const MessageType* type MORT_GUARDED_BY(mutex) = nullptr;
};

Message::Message(std::vector<std::uint8_t> payload) : bytes_(payload.size()) {
  auto wire = std::make_shared<Wire>();
  wire->payload = std::make_shared<const std::vector<std::uint8_t>>(std::move(payload));
  content_ = std::move(wire);
}

Result<std::shared_ptr<const void>> Message::take_object(const MessageType& wanted) {
  auto content = std::move(content_);
  if (type_ != nullptr) {
    if (type_ == &wanted || type_->name == wanted.name) return content;
    std::vector<std::uint8_t> payload(bytes_);
    type_->encode_to(content.get(), payload);
    return wanted.decode(payload);
  }
  const auto& wire = *static_cast<const Wire*>(content.get());
  const MutexLock lock(wire.mutex);
  if (wire.type != nullptr && wire.type->name == wanted.name) return wire.object;
  auto decoded = wanted.decode(*wire.payload);
  if (decoded && wire.type == nullptr) {
    wire.object = *decoded;
    wire.type = &wanted;
  }
  return decoded;
}

PayloadBytes Message::payload() const {
  if (type_ == nullptr) return static_cast<const Wire*>(content_.get())->payload;
  auto payload = std::make_shared<std::vector<std::uint8_t>>(bytes_);
  type_->encode_to(content_.get(), *payload);
  return payload;
}

}  // namespace mort::worker
