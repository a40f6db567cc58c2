#include "probe.hpp"

namespace m {

union Number {
  int whole;
  float real;
};

class T : public Probe {
 public:
  T() {
    Number n;
    n.whole = 3;
    RegTask("t");
    RegSub({"a" + std::to_string(n.whole)});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: members of unions are not followed
    // note: members of unions are not followed
    // note: it is joined to a text
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
