#include "probe.hpp"

namespace m {

std::string host_name();
class T : public Probe {
 public:
  T() { RegTask(host_name()); }
  //            ^ error unknown-name: the name of this task is not known before the program runs: `m::host_name` has no body in this source
  // note: `m::host_name` has no body in this source
  // note: in the call of `m::T::T`
  // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
};
MORT_TASK(T);

}  // namespace m
