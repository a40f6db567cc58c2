#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    RegPub({Param("topic")});
    //      ^ error unknown-topic: topic 1 of RegPub is not known before the program runs: Param("topic") is given when the job is submitted
    // note: Param("topic") is given when the job is submitted
    // note: in the call of `m::T::T`
    // note: it is given to RegPub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
