#include "probe.hpp"

namespace m {

class T : public Probe {
 public:
  T() {
    RegTask("t");
    RegSub(prefixed({"a", Param("b")}));
    //               ^ error untyped-topic: no Take<T>("x/a") or TryTake found in task "t", so the message type of x/a is unknown
    // note: cure: use the topic in Run(), or do not register it
    //                    ^ error unknown-topic: topic 2 of RegSub is not known before the program runs: Param("b") is given when the job is submitted
    // note: Param("b") is given when the job is submitted
    // note: it is joined to a text
    // note: it is assigned here
    // note: in the call of `m::T::T`
    // note: it is given to RegSub here
    // note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
  }
  static std::vector<std::string> prefixed(std::vector<std::string> in) {
    for (auto& t : in) t = "x/" + t;
    return in;
  }
};
MORT_TASK(T);

}  // namespace m
