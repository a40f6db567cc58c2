#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    std::vector<std::string> s{"a", "b"};
    s[std::rand()] = "c";
    RegSub(s);
    //     ^ error unknown-topic: the list of topics of RegSub is not known before the program runs: an element of it that is not known which is assigned
    // note: an element of it that is not known which is assigned
    // note: in the call of `m::T::T`
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
};
MORT_TASK(T);

}  // namespace m
