#include <tuple>

#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    std::string a = "a", b = "b";
    std::string& r = std::getenv("X") ? a : b;
    r = "c";
    RegSub({a});
    //      ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: an element of it that is not known which is assigned
    // note: an element of it that is not known which is assigned
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
