#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() { RegSub({"a"}); }
};
MORT_TASK(T);
// 1 error missing-regtask: the constructor of `m::T` does not call RegTask
// note: `m::T` is defined here
// note: cure: call RegTask("name"); in the constructor

}  // namespace m
