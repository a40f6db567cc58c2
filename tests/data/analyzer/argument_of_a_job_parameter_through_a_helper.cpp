#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    RegSub(prefixed({"a", Param("b")}));
    //                    ^ error unknown-topic: topic 2 of RegSub is not known before the program runs: Param("b") is given when the job is submitted
    // note: Param("b") is given when the job is submitted
    // note: it is joined to a text
    // note: it is assigned here
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job
  }
  static std::vector<std::string> prefixed(std::vector<std::string> in) {
    for (auto& t : in) t = "x/" + t;
    return in;
  }
};
MORT_TASK(T);

}  // namespace m
