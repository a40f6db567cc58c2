#include <tuple>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    if (std::getenv("OFF")) return;
    RegSub({"a"});
//  ^ error conditional-registration: RegSub is called under a condition that is not known before the program runs: the environment is only known at run time
// note: the environment is only known at run time
// note: this condition depends on it
// note: in the call of `m::T::T`
// note: cure: call RegSub in any case
  }
};
MORT_TASK(T);

}  // namespace m
