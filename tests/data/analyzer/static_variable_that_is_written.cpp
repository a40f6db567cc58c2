#include "probe.hpp"

namespace m {

static const char* topic = "a";
void rename() {
  topic = "b";
}
class T : public Probe {
 public:
  T() {
    RegTask("t");
    RegSub({topic});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: `m::topic` is not const, so it may be changed elsewhere
    // note: `m::topic` is not const, so it may be changed elsewhere
    // note: `m::topic` is declared here
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
