#pragma once

#include <mort/task/task.hpp>

namespace statistics {

inline constexpr const char* kPieces[] = {"pieces/1", "pieces/2"};

struct Piece {
  std::vector<std::uint8_t> bytes;
};

struct Counts {
  std::vector<std::uint64_t> values;
};

}  // namespace statistics
