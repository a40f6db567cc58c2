// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    RegSub({"a", "a"});
    //      ^ error untyped-topic: no Take<T>("a") or TryTake found in task "t", so the message type of a is unknown
    // note: cure: use the topic in Run(), do not register it
    //           ^ error repeated-topic: task "t" names topic "a" twice in RegSub
    // note: it is named here first
    // note: cure: name each topic once
  }
};
MORT_TASK(T);

}  // namespace m
