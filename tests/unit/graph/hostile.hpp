// Damages valid JSON documents in a repeatable way, for tests of readers.
#pragma once

#include <random>
#include <string>

namespace mort::graph {

/// Calls `read` with every truncation (at most 400 of them) and `rounds` random damages of `good`.
template <class Read>
void damage(const std::string& good, int rounds, Read read) {
  const std::size_t step = good.size() / 400 + 1;
  for (std::size_t size = 0; size + 3 < good.size(); size += step) read(good.substr(0, size));
  std::mt19937 engine(9);
  const std::string alphabet = "{}[]:,\"0129-.eEtfn\\u\x80 ";
  for (int round = 0; round < rounds; ++round) {
    std::string text = good;
    for (unsigned change = engine() % 3 + 1; change > 0; --change) {
      text[engine() % text.size()] = alphabet[engine() % alphabet.size()];
    }
    read(text);
  }
}

/// `text` with the first `from` replaced by `to`.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  return at == std::string::npos ? "MISSING: " + from : text.replace(at, from.size(), to);
}

}  // namespace mort::graph
