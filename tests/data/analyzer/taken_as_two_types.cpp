// task t sub=a:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

struct B {
  int y;
};

class T : public mort::Task {
 public:
  T() {
    RegTask("t");
    RegSub({"a"});
  }
  void Run() override {
    Take<A>("a");
    TryTake<B>("a");
//  ^ error type-conflict: topic "a" is used as `m::B` here and as `m::A` elsewhere in task "t"
// note: it is used as `m::A` here
// note: cure: use one message type for each topic
  }
};
MORT_TASK(T);

}  // namespace m
