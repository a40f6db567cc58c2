// task t sub=parameter:m::A,member:m::A,n0x:m::A,n1x:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

std::string topic = "global";
class T : public Probe {
 public:
  explicit T(std::string topic) {
    std::vector<std::string> sub{topic, this->topic};
    for (int topic = 0; topic < 2; ++topic) {
      const std::string name = "n" + std::to_string(topic);
      {
        std::string topic = name + "x";
        sub.push_back(topic);
      }
    }
    ports("t", sub);
  }
  const std::string topic = "member";
};
MORT_TASK(T, "parameter");

}  // namespace m
