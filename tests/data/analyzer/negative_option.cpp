// task t

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() { RegTask("t", {.cpu = -1}); }
  //                         ^ error invalid-option: option cpu of RegTask is out of range
  // note: in the call of `m::T::T`
  // note: cure: give 0.001 to 1024 cores, or leave it out
};
MORT_TASK(T);

}  // namespace m
