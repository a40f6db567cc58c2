// task t

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() { RegTask("t", {.cpu = -1}); }
  //                         ^ error invalid-option: option cpu of RegTask is negative or too large
  // note: in the call of `m::T::T`
  // note: cure: give a number that is not negative
};
MORT_TASK(T);

}  // namespace m
