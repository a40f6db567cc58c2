#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T(std::string s) {
    RegTask("t");
    std::string kept = std::move(s);
    RegSub({kept});
    RegPub({s});
    //      ^ error unknown-topic: topic 1 of RegPub is not known before the program runs: its value was moved away
    // note: its value was moved away
    // note: in the call of `m::T::T`
    // note: it is given to RegPub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T, "a");

}  // namespace m
