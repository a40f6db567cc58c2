// SHA-256 as lower-case hexadecimal text.
#pragma once

#include <string>
#include <string_view>

#include "mort/base/result.hpp"

namespace mort {

/// 64 hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

/// Hash of a file's content. Errors: kFailed when it cannot be read.
Result<std::string> sha256_file(const std::string& path);

/// True for 64 lower-case hexadecimal digits: safe to use as a file name.
bool is_sha256_hex(std::string_view text);

}  // namespace mort
