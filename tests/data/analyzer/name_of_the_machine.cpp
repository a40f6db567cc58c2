#include <unistd.h>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    char buffer[64];
    gethostname(buffer, sizeof buffer);
    RegTask(buffer);
    //      ^ error unknown-name: the name of this task is not known before the program runs: `buffer` has no value yet
    // note: `buffer` has no value yet
    // note: in the call of `m::T::T`
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
