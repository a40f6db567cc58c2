// The messages of the text-statistics job.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace text_statistics {

/// A piece of a text file (C1, C2). A number may go on in the next piece of the same pass.
struct Piece {
  std::uint32_t pass = 0;
  bool last = false;  ///< the file ends after this piece
  std::vector<std::uint8_t> bytes;
};

/// How often one value was seen. The value is decimal, without leading zeros, of any length.
struct ValueCount {
  std::string value;
  std::uint64_t count = 0;
};

/// What one tick has counted (C3..C7).
struct Counts {
  std::vector<ValueCount> values;
};

/// All numbers seen so far (C8).
struct Statistics {
  std::uint64_t total = 0;
  std::uint64_t below_100 = 0;
  std::uint64_t from_100_to_199 = 0;
  std::uint64_t from_200 = 0;
  std::uint64_t even = 0;
  std::uint64_t odd = 0;
  std::vector<ValueCount> most_frequent;  ///< at most 10: by falling count, then rising value
};

}  // namespace text_statistics
