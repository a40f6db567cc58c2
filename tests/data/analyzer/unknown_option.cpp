
#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() { RegTask("t", {.cpu = static_cast<double>(IntParam("cores"))}); }
  //                         ^ error unknown-option: option cpu of RegTask is not known before the program runs: IntParam("cores") is given when the job is submitted
  // note: IntParam("cores") is given when the job is submitted
  // note: in the call of `m::T::T`
  // note: cure: use a constant, and set what differs between runs in the job YAML
};
MORT_TASK(T);

}  // namespace m
