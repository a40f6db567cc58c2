#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    unsigned hash = 1;
    for (unsigned i = 0; i < 50'000'000; ++i) hash = hash * 31 + i;
    RegTask("t" + std::to_string(hash));
    //      ^ error unknown-name: the name of this task is not known before the program runs: this loop runs more often than is followed
    // note: this loop runs more often than is followed
    // note: it may be changed here
    // note: it is joined to a text
    // note: in the call of `m::T::T`
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
