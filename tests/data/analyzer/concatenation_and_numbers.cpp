// task t5 sub=a4/bc:m::A,x-3zz:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  explicit T(int n) {
    std::string topic = "a" + std::to_string(n) + '/';
    topic += "b";
    topic.append("c");
    ports(std::string("t") + std::to_string(n * 10 % 7),
          {topic, "x" + std::to_string(-3L) + std::string(2, 'z')});
  }
};
MORT_TASK(T, 4);

}  // namespace m
