// task t sub=a:
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

struct Guard {
  explicit Guard(std::string& s) : text(s) {}
  ~Guard();
  std::string& text;
};

class T : public Probe {
 public:
  T() {
    std::string topic = "a";
    { Guard guard(topic); }
    RegTask("t");
    RegSub({topic});
    //      ^ error untyped-topic: no Take<T>("a") or TryTake found in task "t", so the message type of a is unknown
    // note: cure: use the topic in Run(), or do not register it
  }
};
MORT_TASK(T);

}  // namespace m
