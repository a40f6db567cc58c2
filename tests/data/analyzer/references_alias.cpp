// task t sub=xy:m::A,a1b:m::A pub=x:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::string a = "a", b = "b";
    std::string& r = a;
    r += "1";
    std::string* p = &b;
    *p = r + *p;
    std::vector<std::string> list{a, b};
    auto& first = list.front();
    first = "x";
    std::string copy = first;
    first += "y";
    ports("t", list, {copy});
  }
};
MORT_TASK(T);

}  // namespace m
