#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() { ports("t", {}); }
};

void add() {
  MORT_TASK(T);
// 3 error conditional-registration: a task is registered inside a function, so whether it exists is only known at run time
// note: cure: move MORT_TASK to namespace scope
}

}  // namespace m
