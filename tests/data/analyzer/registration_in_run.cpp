// task t

#include "probe.hpp"

namespace m {

class T : public mort::Task {
 public:
  T() { RegTask("t"); }
  void Run() override { RegSub({"a"}); }
  //                    ^ error late-registration: RegSub is called outside the constructor
  // note: cure: call RegSub in the constructor: the graph is fixed before the task runs
};
MORT_TASK(T);

}  // namespace m
