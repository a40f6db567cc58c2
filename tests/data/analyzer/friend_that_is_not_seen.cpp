#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    ports("t", {"a"});
    wire(*this);
  }
  friend void wire(T& task);
};
MORT_TASK(T);
// 1 error unknown-registration: what this task registers is not known before the program runs: `m::wire` has no body in this source
// note: `m::wire` has no body in this source
// note: cure: define what the constructor calls in the class or in a source of the job

}  // namespace m
