#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    for (int i = 0; i < std::rand(); ++i) RegSub({"a"});
    //                                    ^ error conditional-registration: RegSub is called under a condition that is not known before the program runs: `rand` has no body in this source
    // note: `rand` has no body in this source
    // note: how often this loop runs depends on it
    // note: in the call of `m::T::T`
    // note: cure: call RegSub in any case
  }
};
MORT_TASK(T);

}  // namespace m
