// Logging to stderr in one format; a thin face over spdlog so that no header shows it.
#pragma once

#include <string>
#include <string_view>

namespace mort::log {

enum class Level { kDebug, kInfo, kWarning, kError };

/// Sets the least level that is written (default kInfo) and the name at the head of each line.
void configure(std::string_view program, Level least);

void write(Level level, std::string_view text);
inline void debug(std::string_view text) {
  write(Level::kDebug, text);
}
inline void info(std::string_view text) {
  write(Level::kInfo, text);
}
inline void warning(std::string_view text) {
  write(Level::kWarning, text);
}
inline void error(std::string_view text) {
  write(Level::kError, text);
}

}  // namespace mort::log
