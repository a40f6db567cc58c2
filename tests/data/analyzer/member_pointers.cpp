#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    std::string T::*which = &T::first_;
    RegSub({this->*which});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: this kind of expression is not followed
    // note: this kind of expression is not followed
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }

 private:
  std::string first_ = "a";
};
MORT_TASK(T);

}  // namespace m
