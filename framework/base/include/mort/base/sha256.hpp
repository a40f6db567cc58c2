// SHA-256, most often as lower-case hexadecimal text.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "mort/base/result.hpp"

namespace mort {

/// 64 hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

/// Of the parts one after another, as bytes.
std::array<std::uint8_t, 32> sha256_bytes(std::initializer_list<std::string_view> parts);

/// Hash of a file's content. Errors: kFailed when it cannot be read.
Result<std::string> sha256_file(const std::string& path);

/// True for 64 lower-case hexadecimal digits: safe to use as a file name.
bool is_sha256_hex(std::string_view text);

}  // namespace mort
