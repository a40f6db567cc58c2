#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    static int next = 0;
    RegTask("t" + std::to_string(next++));
    //      ^ error unknown-name: the name of this task is not known before the program runs: `next` is not const, so it may be changed elsewhere
    // note: `next` is not const, so it may be changed elsewhere
    // note: `next` is declared here
    // note: it is joined to a text
    // note: in the call of `m::T::T`
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);
MORT_TASK(T);

}  // namespace m
