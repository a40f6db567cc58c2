// task t sub=s0:m::A,s2:m::A,x:m::A,y:m::A pub=yp:m::A,xp:m::A,d:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

constexpr const char* kNames[] = {"x", "y"};
class T : public Probe {
 public:
  explicit T(int n) {
    std::vector<std::string> sub;
    for (int i = 0; i < n; ++i) {
      if (i == 1) continue;
      sub.push_back("s" + std::to_string(i));
    }
    for (const char* name : kNames) sub.emplace_back(name);
    std::vector<std::string> pub;
    int i = 2;
    while (i-- > 0) pub.push_back(std::string(kNames[i]) + "p");
    do {
      pub.push_back("d");
    } while (false);
    ports("t", sub, pub);
  }
};
MORT_TASK(T, 3);

}  // namespace m
