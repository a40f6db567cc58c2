#include <tuple>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    std::string topic = std::getenv("TOPIC");
    RegSub({"a", topic});
    //           ^ error unknown-topic: topic 2 of RegSub is not known before the program runs: the environment is only known at run time
    // note: the environment is only known at run time
    // note: `topic` is set to it
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
