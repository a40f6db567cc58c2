#include "mort/bus/bus.hpp"

#include <algorithm>
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

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

template <std::size_t N>
std::string hex(const std::array<std::uint8_t, N>& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

std::string to_string(const Guid& guid) {
  return hex(guid);
}

std::string to_string(const Participant& participant) {
  return hex(participant);
}

Participant participant_of(const Guid& guid) {
  Participant participant;
  std::copy_n(guid.begin(), participant.size(), participant.begin());
  return participant;
}

std::optional<Participant> participant_from(std::string_view text) {
  Participant participant;
  if (text.size() != 2 * participant.size()) return std::nullopt;
  for (std::size_t i = 0; i < participant.size(); ++i) {
    const auto high = kDigits.find(text[2 * i]);
    const auto low = kDigits.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    participant[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return participant;
}

}  // namespace mort::bus
