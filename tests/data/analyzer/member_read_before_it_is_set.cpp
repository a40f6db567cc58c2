#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    RegSub({topics_[number_]});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: `number_` has no initial value
    // note: `number_` has no initial value
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }

 private:
  int number_;
  std::vector<std::string> topics_{"a", "b"};
};
MORT_TASK(T);

}  // namespace m
