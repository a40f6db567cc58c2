// task t sub=a:
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

void keep(std::string* text);
void change();
class T : public Probe {
 public:
  T() {
    RegTask("t");
    std::string s;
    keep(&s);
    s = "a";
    change();
    RegSub({s});
    //      ^ error untyped-topic: no Take<T>("a") or TryTake found in task "t", so the message type of a is unknown
    // note: cure: use the topic in Run(), or do not register it
  }
};
MORT_TASK(T);

}  // namespace m
