#include "mort/bus/bus.hpp"

namespace mort::bus {

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
