#include "probe.hpp"

namespace m {

void connect();
class T : public Probe {
 public:
  T() {
    RegTask("t");
    try {
      connect();
      RegSub({"a"});
//    ^ error conditional-registration: RegSub is called under a condition that is not known before the program runs: how far this try block gets is only known at run time
// note: how far this try block gets is only known at run time
// note: in the call of `m::T::T`
// note: cure: call RegSub in any case
    } catch (...) {
      RegSub({"b"});
//    ^ error conditional-registration: RegSub is called under a condition that is not known before the program runs: how far this try block gets is only known at run time
// note: how far this try block gets is only known at run time
// note: in the call of `m::T::T`
// note: cure: call RegSub in any case
    }
  }
};
MORT_TASK(T);

}  // namespace m
