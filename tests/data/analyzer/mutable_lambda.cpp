// task t10 sub=t10:m::A,t11:m::A pub=t11c:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    int n = 10;
    auto next = [n]() mutable { return "t" + std::to_string(n++); };
    const std::string a = next();
    auto copy = next;
    const std::string b = next();
    const std::string c = copy();
    ports("t" + std::to_string(n), {a, b}, {c + "c"});
  }
};
MORT_TASK(T);

}  // namespace m
