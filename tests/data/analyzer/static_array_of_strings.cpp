// task t sub=a:m::A,b:m::A,c:m::A pub=n3:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

static const std::string kTopics[] = {"a", "b", "c"};
class T : public Probe {
 public:
  T() {
    std::vector<std::string> sub(std::begin(kTopics), std::end(kTopics));
    ports("t", sub, {"n" + std::to_string(std::size(kTopics))});
  }
};
MORT_TASK(T);

}  // namespace m
