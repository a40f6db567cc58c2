#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    if (IntParam("n") > 1) RegSub({"a"});
    //                     ^ error conditional-registration: RegSub is called under a condition that is not known before the program runs: IntParam("n") is given when the job is submitted
    // note: IntParam("n") is given when the job is submitted
    // note: this condition depends on it
    // note: in the call of `m::T::T`
    // note: cure: call RegSub in any case
  }
};
MORT_TASK(T);

}  // namespace m
