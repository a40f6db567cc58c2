#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
//  ^ error conditional-registration: RegTask is called under a condition that is not known before the program runs: jumps are not followed
// note: jumps are not followed
// note: in the call of `m::T::T`
// note: cure: call RegTask in any case
    int n = 0;
  again:
    ++n;
    if (n < 3) goto again;
    RegSub({"n" + std::to_string(n)});
//  ^ error conditional-registration: RegSub is called under a condition that is not known before the program runs: this kind of statement is not followed
// note: this kind of statement is not followed
// note: in the call of `m::T::T`
// note: cure: call RegSub in any case
  }
};
MORT_TASK(T);

}  // namespace m
