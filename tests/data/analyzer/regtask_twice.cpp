#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    ports("t", {});
    RegTask("u");
//  ^ error repeated-regtask: RegTask is called twice while one `m::T` is made
// note: the first call is here
// note: cure: call RegTask once, in the constructor of the class or of its base
  }
};
MORT_TASK(T);

}  // namespace m
