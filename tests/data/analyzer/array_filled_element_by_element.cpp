// task t sub=a:m::A,ab:m::A,c:m::A pub=y:m::A,x:m::A
// ignore unpublished-topic

#include <array>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    std::array<std::string, 3> topics;
    topics[0] = "a";
    topics.at(1) = topics[0] + "b";
    topics.back() = "c";
    const char* more[2];
    more[0] = "x";
    more[1] = "y";
    std::vector<std::string> pub(2);
    pub[0] = more[1];
    pub[1] = more[0];
    ports("t", {topics.begin(), topics.end()}, pub);
  }
};
MORT_TASK(T);

}  // namespace m
