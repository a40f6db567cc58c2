// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public mort::Task {
 public:
  T() {
    RegTask("t");
    RegSub({"a", "b"});
    //           ^ error untyped-topic: no Take<T>("b") or TryTake found in task "t", so the message type of b is unknown
    // note: cure: use the topic in Run(), do not register it
  }
  void Run() override { Take<A>("a"); }
};
MORT_TASK(T);

}  // namespace m
