#include <tuple>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    std::string topic = "a";
    if (std::getenv("B")) topic = "b";
    RegSub({topic});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: the environment is only known at run time
    // note: the environment is only known at run time
    // note: this condition depends on it
    // note: it may be changed here
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
