// Finds the maximal runs of ASCII digits in a text that comes in pieces.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "messages.hpp"

namespace text_statistics {

/// A number of any length as decimal digits without leading zeros.
using Value = std::string;

/// Order of the numbers that the digits stand for.
struct ValueLess {
  bool operator()(const Value& a, const Value& b) const {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  }
};

using ValueMap = std::map<Value, std::uint64_t, ValueLess>;

/// 0: below 100, 1: 100 to 199, 2: 200 and above.
inline int range_of(std::string_view value) {
  if (value.size() < 3) return 0;
  return value.size() == 3 && value[0] == '1' ? 1 : 2;
}

inline bool is_even(std::string_view value) {
  return (value.back() - '0') % 2 == 0;
}

/// Keeps the unfinished number at the border between two pieces.
class NumberScanner {
 public:
  void scan(const Piece& piece, const std::function<void(const Value&)>& found) {
    for (const std::uint8_t byte : piece.bytes) {
      if (byte >= '0' && byte <= '9') {
        in_number_ = true;
        if (byte != '0' || !digits_.empty()) digits_ += static_cast<char>(byte);
      } else {
        finish(found);
      }
    }
    if (piece.last) finish(found);
  }

 private:
  void finish(const std::function<void(const Value&)>& found) {
    if (in_number_) found(digits_.empty() ? "0" : digits_);
    in_number_ = false;
    digits_.clear();
  }

  bool in_number_ = false;
  Value digits_;
};

inline Counts to_message(const ValueMap& values) {
  Counts counts;
  for (const auto& [value, count] : values) counts.values.push_back({value, count});
  return counts;
}

}  // namespace text_statistics
