#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    int n;
    RegSub({"a" + std::to_string(n)});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: `n` has no value yet
    // note: `n` has no value yet
    // note: it is joined to a text
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
