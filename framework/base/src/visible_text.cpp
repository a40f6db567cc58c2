#include "mort/base/visible_text.hpp"

#include <cstdint>
#include <cstdio>

namespace mort {
namespace {

bool continues(char byte) {
  return (static_cast<std::uint8_t>(byte) & 0xC0U) == 0x80U;
}

/// Bytes of the UTF-8 character at the head of `text`, and the character; 0 bytes when there is
/// none (too long a form and surrogates are none).
struct Character {
  std::size_t bytes = 0;
  std::uint32_t code = 0;
};

Character first_of(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text.front());
  if (lead < 0x80) return {1, lead};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  std::uint32_t code = lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!continues(text[i])) return {};
    code = code << 6U | (static_cast<std::uint8_t>(text[i]) & 0x3FU);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[bytes] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {bytes, code};
}

bool is_hidden(std::uint32_t code) {
  return (code < 0x20 && code != '\t') || (code >= 0x7F && code < 0xA0) ||  // C0, DEL, C1
         code == 0x2028 || code == 0x2029 ||                                // line separators
         code == 0x061C || code == 0x200E || code == 0x200F ||              // direction marks
         (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

std::string escape(std::uint32_t code) {
  switch (code) {
    case 0:
      return "\\0";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    default:
      break;
  }
  char text[12];
  std::snprintf(text, sizeof text, code < 0x80 ? "\\x%02x" : "\\u%04x", code);
  return text;
}

std::string visible(std::string_view text, bool keeps_breaks) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_of(text);
    if (character.bytes == 0) {
      char byte[8];
      std::snprintf(byte, sizeof byte, "\\x%02x", static_cast<std::uint8_t>(text.front()));
      out += byte;
      text.remove_prefix(1);
      continue;
    }
    if (is_hidden(character.code) && !(keeps_breaks && character.code == '\n'))
      out += escape(character.code);
    else
      out += text.substr(0, character.bytes);
    text.remove_prefix(character.bytes);
  }
  return out;
}

}  // namespace

std::string visible_line(std::string_view text) {
  return visible(text, false);
}

std::string visible_text(std::string_view text) {
  return visible(text, true);
}

std::vector<std::string> visible_lines(std::string_view text) {
  std::vector<std::string> lines;
  do {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(visible_line(line));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  } while (!text.empty());
  return lines;
}

std::string shortened(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  constexpr std::size_t kNote = 40;
  std::size_t end = most > kNote ? most - kNote : 0;
  while (end > 0 && continues(text[end])) --end;
  const std::size_t missing = text.size() - end;
  text.resize(end);
  return text + " [" + std::to_string(missing) + " more bytes]";
}

}  // namespace mort
