// A message type without its C++ type: name, and how to encode and decode it. What worker and bus
// pass around.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "mort/base/result.hpp"

namespace mort {

constexpr std::size_t kMaxPayloadBytes = 16 * 1024 * 1024;  ///< largest encoded message

/// Payload: 4 bytes of encapsulation (CDR_LE) and the XCDR1 body, as DDS carries it.
struct MessageType {
  std::string name;  ///< qualified C++ name, equal to the IDL name
  /// Fills `out`, which is encoded_size(message) bytes.
  void (*encode_to)(const void* message, std::span<std::uint8_t> out);
  /// Errors: kInvalid for truncated, oversized or out-of-range content.
  Result<std::shared_ptr<const void>> (*decode)(std::span<const std::uint8_t> payload);
  std::size_t (*encoded_size)(const void* message);
};

}  // namespace mort
