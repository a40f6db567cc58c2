#include "farewell.hpp"

namespace mort::dds_topics {
namespace {

constexpr std::uint8_t kData = 0x15;
constexpr std::uint8_t kLittleEndian = 0x01;
constexpr std::uint8_t kInlineQos = 0x02;

void put16(std::vector<std::uint8_t>& out, std::uint16_t value) {
  out.push_back(static_cast<std::uint8_t>(value & 0xff));
  out.push_back(static_cast<std::uint8_t>(value >> 8));
}
void put32(std::vector<std::uint8_t>& out, std::uint32_t value) {
  put16(out, static_cast<std::uint16_t>(value & 0xffff));
  put16(out, static_cast<std::uint16_t>(value >> 16));
}

}  // namespace

std::vector<std::uint8_t> farewell_of(const Prefix& participant) {
  constexpr std::uint16_t kPidStatusInfo = 0x0071;
  constexpr std::uint16_t kPidKeyHash = 0x0070;
  constexpr std::uint16_t kPidSentinel = 0x0001;
  constexpr std::uint8_t kParticipantEntity[] = {0x00, 0x00, 0x01, 0xc1};
  constexpr std::uint8_t kSpdpReader[] = {0x00, 0x01, 0x00, 0xc7};
  constexpr std::uint8_t kSpdpWriter[] = {0x00, 0x01, 0x00, 0xc2};

  std::vector<std::uint8_t> data;  // of the DATA submessage
  put16(data, 0);                  // extra flags
  put16(data, 16);                 // octets to the inline QoS
  data.insert(data.end(), std::begin(kSpdpReader), std::end(kSpdpReader));
  data.insert(data.end(), std::begin(kSpdpWriter), std::end(kSpdpWriter));
  put32(data, 0);           // sequence number, high and low: above all that the participant has
  put32(data, 0x7fffffff);  // used, for older ones are taken for repetitions
  put16(data, kPidKeyHash);
  put16(data, 16);
  data.insert(data.end(), participant.begin(), participant.end());
  data.insert(data.end(), std::begin(kParticipantEntity), std::end(kParticipantEntity));
  put16(data, kPidStatusInfo);
  put16(data, 4);
  data.insert(data.end(), {0, 0, 0, 3});  // disposed and unregistered, in big endian always
  put16(data, kPidSentinel);
  put16(data, 0);

  std::vector<std::uint8_t> out = {'R', 'T', 'P', 'S', 2, 2, participant[0], participant[1]};
  out.insert(out.end(), participant.begin(), participant.end());
  out.insert(out.end(), {kData, kLittleEndian | kInlineQos});
  put16(out, static_cast<std::uint16_t>(data.size()));
  out.insert(out.end(), data.begin(), data.end());
  return out;
}

}  // namespace mort::dds_topics
