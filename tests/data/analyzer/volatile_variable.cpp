// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: volatile variables may change at any time
// note: volatile variables may change at any time
// note: it is joined to a text
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include "probe.hpp"

namespace m {

volatile int mode = 1;
class T : public Probe {
 public:
  T() { ports("t", {"mode" + std::to_string(mode)}); }
  //                ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: volatile variables may change at any time
  // note: volatile variables may change at any time
  // note: it is joined to a text
  // note: in the call of `m::T::T`
  // note: in the call of `m::Probe::ports`
  // note: it is given to RegSub here
  // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
};
MORT_TASK(T);

}  // namespace m
