// task t pub=a:m::A

#include "probe.hpp"

namespace m {

class T : public mort::Task {
 public:
  T() {
    RegTask("t");
    RegPub({"a"});
  }
  void Run() override {
    Publish("a", A{});
    Publish("b", A{});
    //      ^ error unregistered-topic: Publish uses topic "b", which task "t" does not register; RegPub names a
    // note: cure: add "b" to RegPub, or use a topic that is in it
  }
};
MORT_TASK(T);

}  // namespace m
