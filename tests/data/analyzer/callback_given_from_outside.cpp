#include <functional>

#include "probe.hpp"

namespace m {

std::function<std::string()> configured();
class T : public Probe {
 public:
  T() {
    RegTask("t");
    const auto name = configured();
    RegSub({name()});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: `m::configured` has no body in this source
    // note: `m::configured` has no body in this source
    // note: `name` is set to it
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
