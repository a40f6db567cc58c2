#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T();
};
MORT_TASK(T);
// 1 error unknown-registration: what this task registers is not known before the program runs: the constructor of `m::T` has no body in this source
// note: the constructor of `m::T` has no body in this source
// note: cure: define the constructor in the class or in a source of the job

}  // namespace m
