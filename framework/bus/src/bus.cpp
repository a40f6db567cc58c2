#include "mort/bus/bus.hpp"

#include <cstring>

namespace mort::bus {
namespace {

class ReadyPayload : public PayloadSource {
 public:
  explicit ReadyPayload(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::size_t size() const override { return bytes_.size(); }
  void write_to(std::span<std::uint8_t> out) const override {
    if (!bytes_.empty()) std::memcpy(out.data(), bytes_.data(), bytes_.size());
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace

WriteStatus Writer::write(std::span<const std::uint8_t> payload) {
  return write(ReadyPayload(payload));
}

std::optional<Sample> Reader::take() {
  Sample sample;
  auto info = take([&sample](std::span<const std::uint8_t> payload) {
    sample.payload.assign(payload.begin(), payload.end());
  });
  if (!info) return std::nullopt;
  static_cast<SampleInfo&>(sample) = std::move(*info);
  return sample;
}

bool is_payload(std::span<const std::uint8_t> bytes) {
  // The first two bytes name the encapsulation: 0 is CDR_BE, 1 CDR_LE (RTPS 2.3, 10.2).
  return bytes.size() >= 4 && bytes.size() <= kMaxPayload && bytes[0] == 0 && bytes[1] <= 1;
}

Qos qos_of(DataKind kind) {
  Qos qos;
  switch (kind) {
    case DataKind::kSmall:
      break;
    case DataKind::kLarge:
      qos.depth = 4;
      qos.max_samples = 16;
      qos.bulk = true;
      qos.heartbeat = std::chrono::milliseconds(10);
      break;
    case DataKind::kSensor:
      qos.reliable = false;
      qos.depth = 5;
      break;
  }
  return qos;
}

std::string to_string(const Guid& guid) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : guid) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace mort::bus
