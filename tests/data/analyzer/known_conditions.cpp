// task tl sub=x:m::A pub=two:m::A
// task tr sub=y:m::A pub=many:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T(bool left, int kind) {
    std::string a;
    if (left)
      a = "l";
    else
      a = "r";
    const char* b = nullptr;
    switch (kind) {
      case 1:
        b = "one";
        break;
      case 2:
        b = "two";
        break;
      default:
        b = "many";
    }
    ports("t" + a, {a == "l" && kind > 1 ? "x" : "y"}, {b});
  }
};
MORT_TASK(T, true, 2);
MORT_TASK(T, false, 9);

}  // namespace m
