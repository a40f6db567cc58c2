#include <tuple>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    std::string a = "a", b = "b";
    std::string* p = std::getenv("X") ? &a : &b;
    a = "known again";
    *p = "c";
    RegSub({a});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: the environment is only known at run time
    // note: the environment is only known at run time
    // note: which of the two is taken depends on it
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
