// ignore unpublished-topic

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    RegSub({"a", "a"});
    //      ^ error untyped-topic: whether task "t" uses a, and as which type, is not known
    //           ^ error repeated-topic: task "t" names topic "a" twice in RegSub
    // note: it is named here first
    // note: cure: name each topic once
  }
};
MORT_TASK(T);

}  // namespace m
