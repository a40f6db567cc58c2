// task t sub=a:
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public mort::Task {
 public:
  T() {
    RegTask("t");
    RegSub({topic_});
  }
  void Run() override {
    Take<A>(topic_);
    //      ^ error unknown-topic: which topic this Take uses is not known before the program runs: it is changed after the constructor
    // note: it is changed after the constructor
    // note: it may be changed here
    // note: cure: name the topic by a literal, a constant, or a member that only the constructor sets
    topic_ = "b";
  }
  std::string topic_ = "a";
};
MORT_TASK(T);

}  // namespace m
