#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    const std::vector<std::string> names{"a", "b"};
    RegTask("t");
    RegSub({names[names.size()]});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: this index is out of range
    // note: this index is out of range
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
