// task p pub=a:m::A
#include <cstdlib>

#include "probe.hpp"

namespace m {

class P : public Probe {
 public:
  P() { ports("p", {}, {"a"}); }
};

class T : public mort::Task {
 public:
  T() {
    RegTask("t");
    RegSub({"a"});
    RegFeedback({"a"});
    //           ^ error repeated-topic: task "t" names topic "a" twice in RegSub
    // note: it is named here first
    RegFeedback({std::getenv("TOPIC")});
    //           ^ error unknown-topic: topic 1 of RegFeedback
  }
  void Run() override { Take<A>("a"); }
};

MORT_TASK(P);
MORT_TASK(T);

}  // namespace m
