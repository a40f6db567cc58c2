#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    std::string topic;
    switch (IntParam("side")) {
      case 0:
        topic = "left";
        break;
      default:
        topic = "right";
    }
    RegSub({topic});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: IntParam("side") is given when the job is submitted
    // note: IntParam("side") is given when the job is submitted
    // note: this switch depends on it
    // note: it may be changed here
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
