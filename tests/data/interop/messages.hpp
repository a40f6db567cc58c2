#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace interop::msg {

enum class Level { kLow, kMiddle, kHigh };
struct Point {
  double x = 0;
  float y = 0;
};
/// Written by the program that is not Mort's.
struct Measured {
  std::uint32_t number = 0;
  bool last = false;
  double value = 0;
  std::string name;
  Level grade = Level::kLow;
  Point where;
  std::vector<std::uint8_t> bytes;
};
/// What the job says of each.
struct Judged {
  std::uint32_t number = 0;
  double twice = 0;
  std::string text;
  Level grade = Level::kLow;
  std::array<Point, 2> corners{};
  std::uint64_t sum = 0;  ///< of the bytes
};
/// The job's result.
struct Total {
  std::uint64_t messages = 0;
  std::uint64_t wrong = 0;
  double value = 0;
};

}  // namespace interop::msg
