// task t

#include "probe.hpp"

namespace m {

class T : public mort::Task {
 public:
  T() { RegTask("t"); }
  void Run() override;
  //   ^ error missing-body: Run() of `m::T` has no body in this source, so its message types are unknown
  // note: cure: define Run() in the class or in a source of the job
};
MORT_TASK(T);

}  // namespace m
