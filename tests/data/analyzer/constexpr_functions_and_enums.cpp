// task t9 sub=left:m::A,right:m::A,q:m::A,e7:m::A
// ignore unpublished-topic

#include <array>

#include "probe.hpp"

namespace m {

enum class Side { kLeft, kRight = 7 };
constexpr int square(int n) {
  int r = 0;
  for (int i = 0; i < n; ++i) r += n;
  return r;
}

constexpr const char* name_of(Side s) {
  return s == Side::kLeft ? "left" : "right";
}
constexpr std::array<std::string_view, 2> kPair = {"p", "q"};
class T : public Probe {
 public:
  explicit T(Side side) {
    ports("t" + std::to_string(square(3)),
          {name_of(Side::kLeft), name_of(side), std::string(kPair[1]),
           "e" + std::to_string(static_cast<int>(side))});
  }
};
MORT_TASK(T, Side::kRight);

}  // namespace m
